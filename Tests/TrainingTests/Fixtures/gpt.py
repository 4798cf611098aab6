#!/usr/bin/env python3
"""Makes gpt.json: the first ten losses of a small GPT in PyTorch, trained by AdamW with its gradients' norm clipped.

    python3 gpt.py > gpt.json            # with PyTorch 2 and NumPy

Parameters and tokens are functions of their place, the same as in LanguageModelTests.swift.
"""
import json
import math
import torch
import torch.nn.functional as F

VOCABULARY, CONTEXT, BLOCKS, HEADS, CHANNELS, BATCH = 13, 8, 2, 2, 16, 4


def fill(name, *shape):
    """Numbers between −0.1 and 0.1 by place and name."""
    count = math.prod(shape)
    seed = sum(name.encode())
    values = [0.1 * math.sin(1.7 * i + 0.1 * seed) for i in range(count)]
    return torch.tensor(values, dtype=torch.float32).reshape(shape)


def losses(bias):
    # Weights of projections are [inputs, outputs], as Lemnos has them.
    named = {"tokens.weight": fill("tokens.weight", VOCABULARY, CHANNELS), "positions.weight": fill("positions.weight", CONTEXT, CHANNELS)}
    for block in range(BLOCKS):
        at = f"blocks.{block}."
        for part, rows, columns in (("attention.qkv", CHANNELS, 3 * CHANNELS), ("attention.out", CHANNELS, CHANNELS),
                                    ("up", CHANNELS, 4 * CHANNELS), ("down", 4 * CHANNELS, CHANNELS)):
            named[f"{at}{part}.weight"] = fill(f"{at}{part}.weight", rows, columns)
            if bias:
                named[f"{at}{part}.bias"] = fill(f"{at}{part}.bias", columns)
    for norm in [f"blocks.{block}.norm{i}" for block in range(BLOCKS) for i in (1, 2)] + ["norm"]:
        named[f"{norm}.weight"] = 1 + fill(f"{norm}.weight", CHANNELS)
        if bias:
            named[f"{norm}.bias"] = fill(f"{norm}.bias", CHANNELS)
    parameters = {name: torch.nn.Parameter(values) for name, values in named.items()}
    get = lambda name: parameters.get(name)

    def norm(x, name):
        return F.layer_norm(x, (CHANNELS,), get(f"{name}.weight"), get(f"{name}.bias"))

    def dense(x, name):
        y = x @ get(f"{name}.weight")
        return y if get(f"{name}.bias") is None else y + get(f"{name}.bias")

    def forward(tokens):
        h = get("tokens.weight")[tokens] + get("positions.weight")[:tokens.shape[1]]
        for block in range(BLOCKS):
            at = f"blocks.{block}."
            q, k, v = (part.view(*part.shape[:2], HEADS, -1).transpose(1, 2)
                       for part in dense(norm(h, at + "norm1"), at + "attention.qkv").split(CHANNELS, 2))
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            h = h + dense(y.transpose(1, 2).reshape(h.shape), at + "attention.out")
            h = h + dense(F.gelu(dense(norm(h, at + "norm2"), at + "up"), approximate="tanh"), at + "down")
        return norm(h, "norm") @ get("tokens.weight").T

    matrices = [p for p in parameters.values() if p.dim() > 1]
    vectors = [p for p in parameters.values() if p.dim() == 1]
    optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0}], lr=1e-2, betas=(0.9, 0.99))
    found = []
    for step in range(10):
        windows = torch.tensor([[(7 * (step + row) + place * place) % VOCABULARY for place in range(CONTEXT + 1)] for row in range(BATCH)])
        loss = F.cross_entropy(forward(windows[:, :-1]).flatten(0, 1), windows[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters.values(), 1.0)
        optimizer.step()
        found.append(loss.item())
    return found


print(json.dumps({"torch": torch.__version__.split("+")[0], "without bias": losses(False), "with bias": losses(True)}, indent=1))
