"""Transformers among the workloads: language models, and a classifier of images by their patches.

Parameters have the names that Lemnos gives them, and its layouts: a dense layer's weight is [inputs, units], and queries, keys
and values are the columns of one matrix.
"""
import numpy as np

STEP_BATCHES = 8
DEVIATION = 0.02


class Transformer:
    """A network, trained by AdamW at 1e-3 with a decay of 0.1 of matrices."""

    optimizer, regularization, is_convolutional = "adamw", 0.0, False

    def __init__(self, blocks, heads, channels, batch_size, vocabulary=None, length=None, context=None, bias=True):
        self.blocks, self.heads, self.channels, self.batch_size = blocks, heads, channels, batch_size
        self.vocabulary, self.length, self.context, self.bias = vocabulary, length, context or length, bias

    @property
    def is_language_model(self):
        return self.vocabulary is not None

    @property
    def clip(self):
        return 1.0 if self.is_language_model else None

    def without_dropout(self):
        return self

    def initial(self):
        """Parameters by name."""
        random, parameters, c = np.random.default_rng(231), {}, self.channels

        def matrix(name, shape, deviation=DEVIATION):
            parameters[name] = random.standard_normal(shape, np.float32) * np.float32(deviation)

        def norm(name):
            parameters[f"{name}.weight"] = np.ones(c, np.float32)
            if self.bias:
                parameters[f"{name}.bias"] = np.zeros(c, np.float32)

        def dense(name, inputs, outputs, deviation=DEVIATION):
            matrix(f"{name}.weight", (inputs, outputs), deviation)
            if self.bias:
                parameters[f"{name}.bias"] = np.zeros(outputs, np.float32)

        if self.is_language_model:
            matrix("tokens.weight", (self.vocabulary, c))
            matrix("positions.weight", (self.context, c))
        else:
            matrix("patches.weight", (c, 3, 4, 4))
            parameters["patches.bias"] = np.zeros(c, np.float32)
            matrix("positions.weight", (64, c))
        residual = DEVIATION / (2 * self.blocks) ** 0.5 if self.is_language_model else DEVIATION
        for number in range(self.blocks):
            name = f"block{number}"
            norm(f"{name}.norm1")
            dense(f"{name}.attention.qkv", c, 3 * c)
            dense(f"{name}.attention.out", c, c, residual)
            norm(f"{name}.norm2")
            dense(f"{name}.mlp1", c, 4 * c)
            dense(f"{name}.mlp2", 4 * c, c, residual)
        norm("norm")
        if not self.is_language_model:
            dense("head", c, 10)
        return parameters

    def batches(self, batch_size):
        """Tensors by field: tokens [batches, N, T + 1], or images [batches, N, 3, 32, 32] and labels [batches, N]."""
        random = np.random.default_rng(1)
        if self.is_language_model:
            shape = (STEP_BATCHES, batch_size, self.length + 1)
            return {"tokens": random.integers(0, self.vocabulary, shape, np.int32)}
        return {
            "images": random.standard_normal((STEP_BATCHES, batch_size, 3, 32, 32), np.float32),
            "labels": random.integers(0, 10, (STEP_BATCHES, batch_size), np.int32)}


TRANSFORMERS = {
    "vit": Transformer(6, 3, 192, 64),
    "gpt-char": Transformer(4, 4, 128, 12, vocabulary=65, length=64, bias=False),
    "gpt-small": Transformer(6, 6, 384, 8, vocabulary=65, length=256, bias=False),
    "gpt2": Transformer(12, 12, 768, 4, vocabulary=50257, length=64, context=1024),
}


def torch_module(workload, values):
    """The network in PyTorch, which takes tokens or images and gives scores [rows, classes]."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    def dense(name):
        weight = values[f"{name}.weight"]
        module = nn.Linear(*weight.shape, bias=f"{name}.bias" in values)
        module.weight.data = torch.from_numpy(np.ascontiguousarray(weight.T))
        if module.bias is not None:
            module.bias.data.zero_()
        return module

    def norm():
        return nn.LayerNorm(workload.channels, bias=workload.bias, eps=1e-5 if workload.is_language_model else 1e-6)

    class Block(nn.Module):
        def __init__(self, name):
            super().__init__()
            self.norm1, self.norm2 = norm(), norm()
            self.qkv, self.out = dense(f"{name}.attention.qkv"), dense(f"{name}.attention.out")
            self.mlp1, self.mlp2 = dense(f"{name}.mlp1"), dense(f"{name}.mlp2")

        def forward(self, x):
            count, length, channels = x.shape
            parts = self.qkv(self.norm1(x)).split(channels, 2)
            q, k, v = (y.view(count, length, workload.heads, -1).transpose(1, 2) for y in parts)
            seen = F.scaled_dot_product_attention(q, k, v, is_causal=workload.is_language_model)
            x = x + self.out(seen.transpose(1, 2).reshape(count, length, channels))
            return x + self.mlp2(F.gelu(self.mlp1(self.norm2(x)), approximate="tanh"))

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.positions = nn.Parameter(torch.from_numpy(values["positions.weight"]))
            if workload.is_language_model:
                self.tokens = nn.Parameter(torch.from_numpy(values["tokens.weight"]))
            else:
                self.patches = nn.Conv2d(3, workload.channels, 4, 4)
                self.patches.weight.data = torch.from_numpy(values["patches.weight"])
                self.patches.bias.data.zero_()
                self.head = dense("head")
            self.blocks = nn.ModuleList(Block(f"block{number}") for number in range(workload.blocks))
            self.norm = norm()

        def forward(self, x):
            if workload.is_language_model:
                x = F.embedding(x, self.tokens) + self.positions[: x.shape[1]]
            else:
                x = self.patches(x).flatten(2).transpose(1, 2) + self.positions
            for block in self.blocks:
                x = block(x)
            x = self.norm(x)
            return (x @ self.tokens.T).flatten(0, 1) if workload.is_language_model else self.head(x.mean(1))

    return Network()
