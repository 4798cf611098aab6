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

VOCABULARY, CONTEXT, BLOCKS, HEADS, CHANNELS, BATCH, STEPS = 37, 16, 2, 2, 16, 4, 10


def numbers(shape, seed, scale):
    """Between −scale and scale, and looking like chance."""
    count = math.prod(shape)
    return torch.tensor([scale * ((i * 7919 + seed * 104729) % 2003 / 1001.5 - 1) for i in range(count)]).reshape(shape)


def parameters(positions, bias):
    """By Lemnos' names, matrices [inputs, units]."""
    shapes = {"tokens.weight": (VOCABULARY, CHANNELS)}
    if positions == "learned":
        shapes["positions.weight"] = (CONTEXT, CHANNELS)
    for block in range(BLOCKS):
        for name, shape in [
            ("norm1", ()), ("attention.qkv", (CHANNELS, 3 * CHANNELS)), ("attention.out", (CHANNELS, CHANNELS)), ("norm2", ()),
            ("mlp1", (CHANNELS, 4 * CHANNELS)), ("mlp2", (4 * CHANNELS, CHANNELS))]:
            shapes[f"block{block}.{name}.weight"] = shape or (CHANNELS,)
            if bias:
                shapes[f"block{block}.{name}.bias"] = shape[1:] or (CHANNELS,)
    shapes["norm.weight"] = (CHANNELS,)
    if bias:
        shapes["norm.bias"] = (CHANNELS,)
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


def scores(p, ids, positions):
    count, length = ids.shape

    def norm(x, name):
        return F.layer_norm(x, (CHANNELS,), p[f"{name}.weight"], p.get(f"{name}.bias"))

    def dense(x, name):
        return x @ p[f"{name}.weight"] + p.get(f"{name}.bias", 0)

    x = p["tokens.weight"][ids]
    if positions == "learned":
        x = x + p["positions.weight"][:length]
    for block in range(BLOCKS):
        name = f"block{block}"
        q, k, v = [
            part.view(count, length, HEADS, CHANNELS // HEADS).transpose(1, 2)
            for part in dense(norm(x, f"{name}.norm1"), f"{name}.attention.qkv").split(CHANNELS, 2)]
        if positions == "rotary":
            q, k = turned(q), turned(k)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(count, length, CHANNELS)
        x = x + dense(y, f"{name}.attention.out")
        x = x + dense(F.gelu(dense(norm(x, f"{name}.norm2"), f"{name}.mlp1"), approximate="tanh"), f"{name}.mlp2")
    return norm(x, "norm") @ p["tokens.weight"].T


def run(positions, bias):
    p = parameters(positions, bias)
    matrices = [value for value in p.values() if value.dim() > 1]
    others = [value for value in p.values() if value.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0}], 0.01, betas=(0.9, 0.95))
    losses = []
    for step in range(STEPS):
        tokens = torch.tensor([[(step * 31 + row * 17 + place * place * 5 + place) % VOCABULARY for place in range(CONTEXT + 1)]
                               for row in range(BATCH)])
        optimizer.zero_grad()
        loss = F.cross_entropy(scores(p, tokens[:, :-1], positions).flatten(0, 1), tokens[:, 1:].flatten())
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {"positions": positions, "bias": bias, "losses": losses}


json.dump([run("learned", True), run("learned", False), run("rotary", True)], sys.stdout, indent=1)
print()
