"""Ten steps of AdamW of a small vision transformer that tells by the mean of its patches, in PyTorch and float64: their losses.

    python3 make_vit_goldens.py > vit.json      # PyTorch 2.15, for processors

Parameters and images are numbers by a formula, which the test computes too.
"""
import json
import sys

import torch
from torch.nn import functional as F

from make_gpt_goldens import numbers

torch.set_default_dtype(torch.float64)

BLOCKS, HEADS, CHANNELS, WIDTH, PATCH, CLASSES, BATCH, STEPS = 2, 2, 16, 24, 2, 5, 4, 10
IMAGE = (BATCH, 3, 6, 8)


def parameters():
    """By Lemnos' names, matrices [inputs, units]."""
    places = IMAGE[2] // PATCH * (IMAGE[3] // PATCH)
    shapes = {"patches.weight": (CHANNELS, 3, PATCH, PATCH), "patches.bias": (CHANNELS,), "positions.weight": (places, CHANNELS),
              "norm.weight": (CHANNELS,), "norm.bias": (CHANNELS,), "head.weight": (CHANNELS, CLASSES), "head.bias": (CLASSES,)}
    for block in range(BLOCKS):
        for name, shape in [
            ("norm1", (CHANNELS,)), ("attention.qkv", (CHANNELS, 3 * CHANNELS)), ("attention.out", (CHANNELS, CHANNELS)),
            ("norm2", (CHANNELS,)), ("mlp1", (CHANNELS, WIDTH)), ("mlp2", (WIDTH, CHANNELS))]:
            shapes[f"block{block}.{name}.weight"] = shape
            shapes[f"block{block}.{name}.bias"] = shape[-1:]
    values = {}
    for seed, name in enumerate(sorted(shapes)):
        value = numbers(shapes[name], seed, 0.3 if len(shapes[name]) > 1 else 0.1)
        if "norm" in name and name.endswith("weight"):
            value += 1
        values[name] = value.float().double().requires_grad_()
    return values


def scores(p, images):
    def norm(x, name):
        return F.layer_norm(x, (CHANNELS,), p[f"{name}.weight"], p[f"{name}.bias"], 1e-6)

    def dense(x, name):
        return x @ p[f"{name}.weight"] + p[f"{name}.bias"]

    x = F.conv2d(images, p["patches.weight"], p["patches.bias"], PATCH).flatten(2).transpose(1, 2) + p["positions.weight"]
    for block in range(BLOCKS):
        name = f"block{block}"
        q, k, v = [part.unflatten(2, (HEADS, -1)).transpose(1, 2)
                   for part in dense(norm(x, f"{name}.norm1"), f"{name}.attention.qkv").split(CHANNELS, 2)]
        x = x + dense(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2), f"{name}.attention.out")
        x = x + dense(F.gelu(dense(norm(x, f"{name}.norm2"), f"{name}.mlp1")), f"{name}.mlp2")
    return dense(norm(x, "norm").mean(1), "head")


p = parameters()
optimizer = torch.optim.AdamW([
    {"params": [value for value in p.values() if value.dim() > 1], "weight_decay": 0.1},
    {"params": [value for value in p.values() if value.dim() == 1], "weight_decay": 0}], 0.01, betas=(0.9, 0.95))
losses = []
for step in range(STEPS):
    images = numbers(IMAGE, step, 1).float().double()
    labels = torch.tensor([(step + row) % CLASSES for row in range(BATCH)])
    optimizer.zero_grad()
    loss = F.cross_entropy(scores(p, images), labels)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
json.dump(losses, sys.stdout, indent=1)
print()
