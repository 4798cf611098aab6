#!/usr/bin/env python3
"""PyTorch's first ten losses of every example, from the same start, into losses.json.

    swift run -c release --package-path Examples examples --record FOLDER
    Examples/pytorch.py FOLDER             # writes losses.json beside this file
    Examples/pytorch.py FOLDER --check     # compares with it instead

Needs torch, numpy and safetensors. Each function is the example of that name as one would write it in PyTorch: `p` are the parameters
it begins with, by their names, and `batch(n)` are the fields of the n-th step.
"""
import json
import math
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

HERE = Path(__file__).resolve().parent
STEPS = 10


def linear(p, name, x):
    """Weights lie as [inputs, outputs]."""
    return x @ p[f"{name}.weight"] + p[f"{name}.bias"]


def conv(p, name, x, **options):
    return F.conv2d(x, p[f"{name}.weight"], p[f"{name}.bias"], **options)


def train(p, batch, loss_of, optimizer, always_first=False, clip=None):
    """Losses before each step."""
    losses = []
    for n in range(STEPS):
        loss = loss_of(batch(0 if always_first else n))
        optimizer.zero_grad()
        loss.backward()
        if clip:
            torch.nn.utils.clip_grad_norm_([w for g in optimizer.param_groups for w in g["params"]], clip)
        optimizer.step()
        losses.append(loss.item())
    return losses


def adam(p, lr):
    return torch.optim.Adam(trained(p), lr=lr)


def trained(p, but=()):
    """What has a gradient: all but statistics, and what is left out by name."""
    return [w for name, w in p.items() if "running" not in name and not name.startswith(tuple(but))]


def regression(p, batch):
    numbers, categories, target = (batch(0)[k] for k in ("numbers", "categories", "target"))

    def standardized(x):
        return (x - x.mean(0)) / x.std(0, unbiased=False)

    def loss(_):
        x = torch.cat([standardized(numbers), p["embedding0.weight"][categories[:, 0].long()]], 1)
        z = linear(p, "net.2", F.relu(linear(p, "net.0", x)))
        return F.mse_loss(z, standardized(target))

    return train(p, batch, loss, adam(p, 0.01), always_first=True)


def classification(p, batch):
    def loss(b):
        x = conv(p, "0", b["images"], padding=1)
        x = F.batch_norm(x, None, None, p["1.weight"], p["1.bias"], training=True)
        x = F.max_pool2d(F.relu(x), 2).flatten(1)
        return F.cross_entropy(linear(p, "5", x), b["labels"].long())

    optimizer = torch.optim.SGD(trained(p), lr=0.05, momentum=0.9)
    return train(p, batch, loss, optimizer, always_first=True)


def autoencoder(p, batch):
    def loss(b):
        x = b["images"].flatten(1)
        y = F.gelu(linear(p, "1", x), approximate="tanh")
        y = linear(p, "4", linear(p, "3", y))
        y = torch.sigmoid(linear(p, "6", F.gelu(y, approximate="tanh")))
        return F.mse_loss(y, x)

    return train(p, batch, loss, adam(p, 0.002))


def gan(p, batch):
    def make(noise):
        return linear(p, "g.2", F.relu(linear(p, "g.0", noise)))

    def logits(x):
        return linear(p, "d.2", F.leaky_relu(linear(p, "d.0", x), 0.2))

    bce = F.binary_cross_entropy_with_logits
    ones, zeros = torch.ones(64, 1), torch.zeros(64, 1)
    optimizers = [torch.optim.Adam([w for k, w in p.items() if k.startswith(n)], lr=0.01) for n in ("d.", "g.")]
    losses = []
    for n in range(STEPS):
        b = batch(n)
        fake = make(b["noise"])
        d = bce(logits(b["real"]), ones) + bce(logits(fake.detach()), zeros)
        g = bce(logits(fake), ones)
        # Both by the parameters before the step.
        for optimizer, loss in zip(optimizers, (d, g)):
            weights = optimizer.param_groups[0]["params"]
            for w, gradient in zip(weights, torch.autograd.grad(loss, weights, retain_graph=True)):
                w.grad = gradient
        for optimizer in optimizers:
            optimizer.step()
        losses.append((d + g).item())
    return losses


def gradient_penalty(p, batch):
    def scores(x):
        return linear(p, "4", F.softplus(linear(p, "2", F.softplus(linear(p, "0", x)))))

    def loss(b):
        between = ((b["real"] + b["fake"]) / 2).requires_grad_()
        slopes, = torch.autograd.grad(scores(between).sum(), between, create_graph=True)
        excess = torch.sqrt((slopes * slopes).sum(1) + 1e-12) - 1
        return scores(b["fake"]).mean() - scores(b["real"]).mean() + 10 * (excess * excess).mean()

    return train(p, batch, loss, adam(p, 0.002))


def multi_label(p, batch):
    def loss(b):
        logits = linear(p, "2", F.silu(linear(p, "0", b["x"])))
        return F.binary_cross_entropy_with_logits(logits, b["labels"], pos_weight=torch.tensor(2.0))

    # Decay is on weights, not on biases.
    optimizer = torch.optim.AdamW([
        {"params": [w for k, w in p.items() if k.endswith("weight")], "weight_decay": 0.01},
        {"params": [w for k, w in p.items() if k.endswith("bias")], "weight_decay": 0.0}], lr=0.02)
    return train(p, batch, loss, optimizer, always_first=True)


def segmentation(p, batch):
    def block(name, x):
        return F.relu(conv(p, f"{name}.2", F.relu(conv(p, f"{name}.0", x, padding=1)), padding=1))

    def loss(b):
        left = block("left", b["images"])
        bottom = block("bottom", F.max_pool2d(left, 2))
        up = F.conv_transpose2d(bottom, p["up.weight"], p["up.bias"], stride=2)
        return F.cross_entropy(conv(p, "scores", block("right", torch.cat([left, up], 1))), b["masks"].long())

    return train(p, batch, loss, adam(p, 0.005), always_first=True)


def two_inputs(p, batch):
    def loss(b):
        eye = linear(p, "eye.3", F.relu(conv(p, "eye.0", b["images"], stride=2)).flatten(1))
        both = torch.cat([eye, linear(p, "numbers", b["numbers"])], 1)
        return F.binary_cross_entropy_with_logits(linear(p, "head", F.relu(both)), b["label"])

    return train(p, batch, loss, torch.optim.SGD(trained(p), lr=0.05, momentum=0.9, nesterov=True))


def thousand_classes(p, batch):
    def loss(b):
        x = F.layer_norm(linear(p, "0", b["x"]), [128], p["1.weight"], p["1.bias"])
        return F.cross_entropy(linear(p, "3", F.relu(x)), b["labels"].long(), label_smoothing=0.1)

    optimizer = torch.optim.RMSprop(trained(p), lr=0.002)
    return train(p, batch, loss, optimizer, always_first=True, clip=1)


def character_model(p, batch):
    def loss(b):
        x = p["letters.weight"][b["x"].long()] + p["positions"]
        h = F.layer_norm(x, [32], p["norm.weight"], p["norm.bias"])
        qkv = linear(p, "attention.qkv", h).reshape(16, 24, 3, 4, 8)
        q, k, v = (qkv[:, :, i].transpose(1, 2) for i in range(3))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(16, 24, 32)
        scores = linear(p, "scores", x + linear(p, "attention.out", mixed))
        return F.cross_entropy(scores.flatten(0, 1), b["y"].long().flatten())

    return train(p, batch, loss, adam(p, 0.005))


def recurrent_net(p, batch):
    gru = torch.nn.GRU(16, 32, batch_first=True)
    names = {"weight_ih_l0": "input.weight", "weight_hh_l0": "state.weight", "bias_ih_l0": "input.bias", "bias_hh_l0": "state.bias"}
    with torch.no_grad():
        for theirs, ours in names.items():
            w = p.pop(f"gru.{ours}")
            getattr(gru, theirs).copy_(w.T if w.ndim == 2 else w)

    def loss(b):
        hidden, _ = gru(p["letters.weight"][b["x"].long()])
        return F.cross_entropy(linear(p, "scores", hidden).flatten(0, 1), b["y"].long().flatten())

    optimizer = torch.optim.Adam(trained(p) + list(gru.parameters()), lr=0.01)
    return train(p, batch, loss, optimizer, clip=1)


def own_layer(p, batch):
    def loss(b):
        x = conv(p, "0", b["images"], stride=2)
        gates = torch.sigmoid(F.relu(x.mean((2, 3)) @ p["1.down"]) @ p["1.up"] + p["1.bias"])
        x = F.relu(x * gates[:, :, None, None]).mean((2, 3))
        return F.cross_entropy(linear(p, "4", x), b["labels"].long())

    return train(p, batch, loss, torch.optim.SGD(trained(p), lr=0.1))


def own_metric(p, batch):
    def loss(b):
        error = (linear(p, "2", torch.tanh(linear(p, "0", b["x"]))) - b["y"]).abs().sum(1)
        return torch.log(1 + 10 * error).mean()

    return train(p, batch, loss, adam(p, 0.01), always_first=True)


def parameter_groups(p, batch):
    def loss(b):
        x = F.relu(linear(p, "body.2", F.relu(linear(p, "body.0", b["x"]))))
        return F.huber_loss(linear(p, "head", x), b["y"])

    optimizer = torch.optim.AdamW([
        {"params": [p["head.weight"]], "lr": 0.02, "weight_decay": 0.1},
        {"params": [p["head.bias"]], "lr": 0.02, "weight_decay": 0.0},
        {"params": trained(p, but=["head", "body.0."]), "lr": 0.002, "weight_decay": 0.0}])
    return train(p, batch, loss, optimizer)


def averaged_weights(p, batch):
    def predict(q, x):
        return linear(q, "2", torch.tanh(linear(q, "0", x)))

    averages = {name: w.detach().clone() for name, w in p.items()}
    optimizer = adam(p, 0.01)
    losses = []
    for n in range(STEPS):
        b = batch(n)
        optimizer.zero_grad()
        for part in range(4):
            (F.mse_loss(predict(p, b[f"x{part}"]), b[f"y{part}"]) / 4).backward()
        optimizer.step()
        with torch.no_grad():
            for name, w in p.items():
                averages[name].mul_(0.9).add_(w, alpha=0.1)
            losses.append(F.mse_loss(predict(averages, b["x3"]), b["y3"]).item())
    return losses


def larger_than_memory(p, batch):
    def loss(b):
        return F.mse_loss(linear(p, "2", F.relu(linear(p, "0", b["x"]))), b["y"])

    return train(p, batch, loss, adam(p, 0.01))


def inference(p, batch):
    with torch.no_grad():
        return [
            -F.log_softmax(linear(p, "2", F.elu(linear(p, "0", batch(n)["x"]))), 1)[:, 0].mean().item()
            for n in range(STEPS)]


EXAMPLES = [
    regression, classification, autoencoder, gan, gradient_penalty, multi_label, segmentation, two_inputs, thousand_classes,
    character_model, recurrent_net, own_layer, own_metric, parameter_groups, averaged_weights, larger_than_memory, inference]


def main():
    arguments = [a for a in sys.argv[1:] if a != "--check"]
    if len(arguments) != 1:
        sys.exit(__doc__)
    torch.set_num_threads(1)
    losses = {}
    for example in EXAMPLES:
        name = example.__name__.replace("_", "-")
        record = load_file(Path(arguments[0]) / f"{name}.safetensors")
        parameters = {k: v.clone().requires_grad_() for k, v in record.items() if not k.startswith("batch.")}

        def batch(n, record=record):
            prefix = f"batch.{n}."
            return {k[len(prefix):]: v for k, v in record.items() if k.startswith(prefix)}

        losses[name] = [round(loss, 7) for loss in example(parameters, batch)]
    file = HERE / "losses.json"
    if "--check" not in sys.argv:
        rows = ",\n".join(f'  "{name}": {json.dumps(row)}' for name, row in losses.items())
        file.write_text("{\n" + rows + "\n}\n")
        return
    for name, expected in json.loads(file.read_text()).items():
        worst = max(abs(a - b) / max(1, abs(b)) for a, b in zip(losses[name], expected))
        if not (worst <= 1e-4):
            sys.exit(f"{name}: losses.json is {worst:.1e} from what PyTorch {torch.__version__} gives now")
    print(f"PyTorch {torch.__version__} gives the losses of losses.json")


main()
