"""Training steps of JAX, each compiled as one function. Modes: nhwc or nchw, where the channels of images are."""
import os

import harness

given = harness.options("jax_peer", ["nhwc", "nchw"])
if given.device == "cpu":
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

import updates
from workloads import WORKLOADS, block

workload = WORKLOADS[given.workload]
if given.without_dropout:
    workload = workload.without_dropout()
batch_size = given.batch_size or workload.batch_size
last = "nchw" not in given.mode
layout = "NHWC" if last else "NCHW"


def per_channel(values, x):
    return values if last or x.ndim == 2 else values[:, None, None]


def applied(layer, p, x, key):
    kind, name, *sizes = layer
    if kind == "block":
        body, shortcut = block(name, *sizes)
        return jax.nn.relu(run(body, p, x, key) + run(shortcut, p, x, key))
    if kind == "dense":
        # Parameters are in NCHW layout.
        flat = x.transpose(0, 3, 1, 2) if last and x.ndim == 4 else x
        return flat.reshape(len(x), -1) @ p[f"{name}.weight"] + p[f"{name}.bias"]
    if kind == "convolution":
        _, _, window, stride, has_bias = sizes
        y = lax.conv_general_dilated(
            x, p[f"{name}.weight"], (stride, stride), [(window // 2, window // 2)] * 2,
            dimension_numbers=(layout, "OIHW", layout))
        return y + per_channel(p[f"{name}.bias"], y) if has_bias else y
    if kind == "batch norm":
        axes = (0,) if x.ndim == 2 else (0, 1, 2) if last else (0, 2, 3)
        mean, variance = x.mean(axes), x.var(axes)
        scale = p[f"{name}.weight"] * lax.rsqrt(variance + 1e-5)
        return (x - per_channel(mean, x)) * per_channel(scale, x) + per_channel(p[f"{name}.bias"], x)
    if kind == "max pool":
        window = (1, 2, 2, 1) if last else (1, 1, 2, 2)
        return lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")
    if kind == "global average pool":
        return x.mean((1, 2) if last else (2, 3))
    if kind == "dropout":
        kept = jax.random.bernoulli(jax.random.fold_in(key, int(name)), 1 - sizes[0], x.shape)
        return jnp.where(kept, x / (1 - sizes[0]), 0.0)
    return jax.nn.relu(x)


def run(layers, p, x, key):
    for layer in layers:
        x = applied(layer, p, x, key)
    return x


def loss_of(p, x, labels, key):
    logarithms = jax.nn.log_softmax(run(workload.layers, p, x, key))
    loss = -jnp.take_along_axis(logarithms, labels[:, None], 1).mean()
    if workload.regularization:
        loss += 0.5 * workload.regularization * sum((w * w).sum() for w in p.values() if w.ndim > 1)
    return loss


def train(p, memory, key, x, labels):
    key, own = jax.random.split(key)
    loss, gradients = jax.value_and_grad(loss_of)(p, x, labels, own)
    p, memory = updates.updated(workload.optimizer, p, gradients, memory, jnp.sqrt)
    return p, memory, key, loss


compiled = jax.jit(train, donate_argnums=(0, 1, 2))
parameters = {name: jnp.asarray(values) for name, values in workload.initial().items()}
moments, _ = updates.initial(workload.optimizer, parameters, jnp.zeros_like)
state = parameters, (moments, jnp.float32(0)), jax.random.PRNGKey(0)


def step(x, labels):
    global state
    *rest, loss = compiled(*state, x, labels)
    state = tuple(rest)
    return loss


images, labels = workload.batches(batch_size).values()
if last:
    images = np.ascontiguousarray(images.transpose(0, 1, 3, 4, 2))
batches = [(jnp.asarray(x), jnp.asarray(y)) for x, y in zip(images, labels)]
harness.measure(given, batch_size, f"JAX {jax.__version__}", step, batches)
