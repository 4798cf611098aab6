"""Ten steps of AdamW of small GPTs in PyTorch, in float64: their losses.

    python3 make_gpt_goldens.py > gpt.json      # PyTorch 2.15, for processors

Parameters and tokens are numbers by a formula, which the test computes too.
"""
import json
import math
import sys

import torch
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)

VOCABULARY, CONTEXT, BLOCKS, CHANNELS, BATCH, STEPS = 37, 16, 2, 16, 4, 10


class Net:
    """How a net is arranged."""

    def __init__(self, arrangement="gpt2", positions="learned", bias=False, heads=2, shared=2, width=4 * CHANNELS, tied=True):
        self.arrangement, self.positions, self.bias = arrangement, positions, bias
        self.heads, self.shared, self.width, self.tied = heads, shared, width, tied
        self.size = CHANNELS // heads
        self.projected = CHANNELS + 2 * shared * self.size

    def layers(self):
        """The layers of a block by Lemnos' names, with the shapes of their weights."""
        yield "norm1", (CHANNELS,)
        yield "attention.qkv", (CHANNELS, self.projected)
        yield "attention.out", (CHANNELS, CHANNELS)
        yield "norm2", (CHANNELS,)
        if self.arrangement == "gpt2":
            yield "mlp1", (CHANNELS, self.width)
            yield "mlp2", (self.width, CHANNELS)
        else:
            yield "mlp.gate", (CHANNELS, self.width)
            yield "mlp.up", (CHANNELS, self.width)
            yield "mlp.down", (self.width, CHANNELS)


def numbers(shape, seed, scale):
    """Between −scale and scale, and looking like chance."""
    count = math.prod(shape)
    return torch.tensor([scale * ((i * 7919 + seed * 104729) % 2003 / 1001.5 - 1) for i in range(count)]).reshape(shape)


def parameters(net):
    """By Lemnos' names, matrices [inputs, units]."""
    shapes = {"tokens.weight": (VOCABULARY, CHANNELS)}
    if net.positions == "learned":
        shapes["positions.weight"] = (CONTEXT, CHANNELS)
    for block in range(BLOCKS):
        for name, shape in net.layers():
            shapes[f"block{block}.{name}.weight"] = shape
            if net.bias:
                shapes[f"block{block}.{name}.bias"] = shape[-1:]
    shapes["norm.weight"] = (CHANNELS,)
    if net.bias:
        shapes["norm.bias"] = (CHANNELS,)
    if not net.tied:
        shapes["scores.weight"] = (CHANNELS, VOCABULARY)
    values = {}
    for seed, name in enumerate(sorted(shapes)):
        value = numbers(shapes[name], seed, 0.3 if len(shapes[name]) > 1 else 0.1)
        if "norm" in name and name.endswith("weight"):
            value += 1
        values[name] = value.float().double().requires_grad_()
    return values


def turned(x):
    size = x.shape[-1]
    half = size // 2
    angles = torch.arange(x.shape[-2])[:, None] * 10_000 ** (-2 * torch.arange(half) / size)[None, :]
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()], -1)


def scores(p, ids, net):
    count, length = ids.shape

    def norm(x, name):
        if net.arrangement == "llama":
            return F.rms_norm(x, (CHANNELS,), p[f"{name}.weight"], 1e-6)
        return F.layer_norm(x, (CHANNELS,), p[f"{name}.weight"], p.get(f"{name}.bias"))

    def dense(x, name):
        return x @ p[f"{name}.weight"] + p.get(f"{name}.bias", 0)

    def mlp(x, name):
        if net.arrangement == "llama":
            return dense(F.silu(dense(x, f"{name}.mlp.gate")) * dense(x, f"{name}.mlp.up"), f"{name}.mlp.down")
        return dense(F.gelu(dense(x, f"{name}.mlp1"), approximate="tanh"), f"{name}.mlp2")

    x = p["tokens.weight"][ids]
    if net.positions == "learned":
        x = x + p["positions.weight"][:length]
    for block in range(BLOCKS):
        name = f"block{block}"
        parts = dense(norm(x, f"{name}.norm1"), f"{name}.attention.qkv").split(
            [CHANNELS, net.shared * net.size, net.shared * net.size], 2)
        q, k, v = [part.unflatten(2, (-1, net.size)).transpose(1, 2) for part in parts]
        if net.positions == "rotary":
            q, k = turned(q), turned(k)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        x = x + dense(y.transpose(1, 2).reshape(count, length, CHANNELS), f"{name}.attention.out")
        x = x + mlp(norm(x, f"{name}.norm2"), name)
    x = norm(x, "norm")
    return x @ p["tokens.weight"].T if net.tied else dense(x, "scores")


def run(net):
    p = parameters(net)
    matrices = [value for value in p.values() if value.dim() > 1]
    others = [value for value in p.values() if value.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0}], 0.01, betas=(0.9, 0.95))
    losses = []
    for step in range(STEPS):
        tokens = torch.tensor([[(step * 31 + row * 17 + place * place * 5 + place) % VOCABULARY for place in range(CONTEXT + 1)]
                               for row in range(BATCH)])
        optimizer.zero_grad()
        loss = F.cross_entropy(scores(p, tokens[:, :-1], net).flatten(0, 1), tokens[:, 1:].flatten())
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {"arrangement": net.arrangement, "positions": net.positions, "bias": net.bias, "heads": net.heads,
            "keyValueHeads": net.shared, "mlpWidth": net.width, "tied": net.tied, "losses": losses}


def main():
    nets = [
        Net(bias=True), Net(), Net(positions="rotary", bias=True),
        Net("llama", "rotary", heads=4, shared=2, width=24), Net("llama", "rotary", heads=2, shared=1, width=40, tied=False),
    ]
    json.dump([run(net) for net in nets], sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
