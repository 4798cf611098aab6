"""Training steps in numpy as a student writes them well: matrix products, im2col, reshaped max pooling. No residual networks."""
import harness

given = harness.options("numpy_peer", ["plain"])
import numpy as np

import updates
from workloads import WORKLOADS

workload = WORKLOADS[given.workload]
if given.without_dropout:
    workload = workload.without_dropout()
random = np.random.default_rng(0)
batch_size = given.batch_size or workload.batch_size
parameters = workload.initial()
memory = updates.initial(workload.optimizer, parameters, np.zeros_like)


# A layer returns its result and its pullback, which takes dy and a flag for dx, and returns dx and the gradients by name.


def dense(name, x):
    shape, x = x.shape, x.reshape(len(x), -1)
    w = parameters[f"{name}.weight"]

    def pullback(dy, wants_dx):
        dx = (dy @ w.T).reshape(shape) if wants_dx else None
        return dx, {f"{name}.weight": x.T @ dy, f"{name}.bias": dy.sum(0)}

    return x @ w + parameters[f"{name}.bias"], pullback


def convolution(name, x, stride):
    w = parameters[f"{name}.weight"]
    filters, _, window, _ = w.shape
    padding = window // 2
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (window, window), (2, 3))[:, :, ::stride, ::stride]
    count, channels, rows, columns = windows.shape[:4]
    matrix = np.ascontiguousarray(windows.transpose(1, 4, 5, 0, 2, 3)).reshape(-1, count * rows * columns)
    y = w.reshape(filters, -1) @ matrix
    has_bias = f"{name}.bias" in parameters
    if has_bias:
        y += parameters[f"{name}.bias"][:, None]

    def pullback(dy, wants_dx):
        d = np.ascontiguousarray(dy.transpose(1, 0, 2, 3)).reshape(filters, -1)
        gradients = {f"{name}.weight": (d @ matrix.T).reshape(w.shape)}
        if has_bias:
            gradients[f"{name}.bias"] = d.sum(1)
        if not wants_dx:
            return None, gradients
        each = (w.reshape(filters, -1).T @ d).reshape(channels, window, window, count, rows, columns)
        dx = np.zeros((channels, count, *padded.shape[2:]), np.float32)
        for i in range(window):
            for j in range(window):
                dx[:, :, i:i + stride * rows:stride, j:j + stride * columns:stride] += each[:, i, j]
        height, width = x.shape[2:]
        return dx[:, :, padding:padding + height, padding:padding + width].transpose(1, 0, 2, 3), gradients

    return y.reshape(filters, count, rows, columns).transpose(1, 0, 2, 3), pullback


def batch_norm(name, x):
    shape = x.shape
    rows = x if x.ndim == 2 else x.transpose(0, 2, 3, 1).reshape(-1, shape[1])

    def image(rows):
        return rows if len(shape) == 2 else rows.reshape(shape[0], *shape[2:], shape[1]).transpose(0, 3, 1, 2)

    centred = rows - rows.mean(0)
    inverse = 1 / np.sqrt((centred * centred).mean(0) + np.float32(1e-5))
    normalized = centred * inverse
    gamma = parameters[f"{name}.weight"]

    def pullback(dy, _):
        d = dy if dy.ndim == 2 else dy.transpose(0, 2, 3, 1).reshape(-1, shape[1])
        dgamma, dbeta = (d * normalized).sum(0), d.sum(0)
        dx = gamma * inverse * (d - dbeta / len(d) - normalized * (dgamma / len(d)))
        return image(dx), {f"{name}.weight": dgamma, f"{name}.bias": dbeta}

    return image(gamma * normalized + parameters[f"{name}.bias"]), pullback


def max_pool(x):
    count, channels, height, width = x.shape
    windows = np.ascontiguousarray(x).reshape(count, channels, height // 2, 2, width // 2, 2)
    y = windows.max((3, 5))

    def pullback(dy, _):
        chosen = windows == y[:, :, :, None, :, None]
        dx = chosen * (dy / chosen.sum((3, 5)).astype(np.float32))[:, :, :, None, :, None]
        return dx.reshape(x.shape), {}

    return y, pullback


def applied(layer, x):
    kind, name, *sizes = layer
    if kind == "dense":
        return dense(name, x)
    if kind == "convolution":
        return convolution(name, x, sizes[3])
    if kind == "batch norm":
        return batch_norm(name, x)
    if kind == "max pool":
        return max_pool(x)
    if kind == "relu":
        return np.maximum(x, 0), lambda dy, _: (dy * (x > 0), {})
    if kind == "dropout":
        kept = (random.random(x.shape, np.float32) >= sizes[0]) / np.float32(1 - sizes[0])
        return x * kept, lambda dy, _: (dy * kept, {})
    raise SystemExit(f"numpy_peer: there is no {kind} here")


def step(x, labels):
    global parameters, memory
    pullbacks = []
    for layer in workload.layers:
        x, pullback = applied(layer, x)
        pullbacks.append(pullback)
    shifted = x - x.max(1, keepdims=True)
    logarithms = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    rows = np.arange(len(labels))
    loss = -logarithms[rows, labels].mean()
    dy, gradients = np.exp(logarithms), {}
    dy[rows, labels] -= 1
    dy /= np.float32(len(labels))
    for number, pullback in reversed(list(enumerate(pullbacks))):
        dy, own = pullback(dy, number > 0)
        gradients.update(own)
    if workload.regularization:
        for name, w in parameters.items():
            if w.ndim > 1:
                loss += 0.5 * workload.regularization * (w * w).sum()
                gradients[name] = gradients[name] + np.float32(workload.regularization) * w
    parameters, memory = updates.updated(workload.optimizer, parameters, gradients, memory, np.sqrt)
    return loss


harness.measure(given, batch_size, f"numpy {np.__version__}", step, list(zip(*workload.batches(batch_size).values())))
