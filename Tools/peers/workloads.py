"""The workloads of `lemnos bench steps`, as their peers build them.

A network is a list of layers (kind, name, …). Parameters have the names that Lemnos gives them, and its layouts: a dense
layer's weight is [inputs, units], a convolution's [filters, channels, rows, columns].

    python workloads.py WORKLOAD BATCH-SIZE FOLDER [--without-dropout]

writes FOLDER/weights.safetensors and FOLDER/batches.safetensors: what every contestant begins with.
"""
import json
import sys

import numpy as np

from transformer_workloads import TRANSFORMERS

STEP_BATCHES = 8


def fully_connected(units, normalized=False, dropout=0.0):
    layers, position = [], 0

    def add(kind, *sizes):
        nonlocal position
        layers.append((kind, str(position), *sizes))
        position += 1

    for inputs, outputs in zip(units, units[1:-1]):
        add("dense", inputs, outputs)
        if normalized:
            add("batch norm", outputs)
        add("relu")
        if dropout:
            add("dropout", dropout)
    add("dense", units[-2], units[-1])
    return layers


def convnet():
    return [
        ("convolution", "0", 3, 32, 7, 1, True), ("relu", "1"), ("max pool", "2"), ("dense", "3", 8192, 500), ("relu", "4"),
        ("dense", "5", 500, 10)]


def vgg():
    layers, channels = [], 3
    for filters in (64, 128, 256):
        for _ in range(2):
            layers += [("convolution", f"{len(layers)}", channels, filters, 3, 1, False)]
            layers += [("batch norm", f"{len(layers)}", filters)]
            layers += [("relu", f"{len(layers)}")]
            channels = filters
        layers += [("max pool", f"{len(layers)}")]
    return layers + [("dense", f"{len(layers)}", 4096, 10)]


def block(name, channels, filters, stride):
    """ResNet's basic block: its body and its shortcut, added before a ReLU."""
    body = [
        ("convolution", f"{name}.conv1", channels, filters, 3, stride, False), ("batch norm", f"{name}.bn1", filters),
        ("relu", f"{name}.relu"), ("convolution", f"{name}.conv2", filters, filters, 3, 1, False),
        ("batch norm", f"{name}.bn2", filters)]
    shortcut = [
        ("convolution", f"{name}.downsample.0", channels, filters, 1, stride, False),
        ("batch norm", f"{name}.downsample.1", filters)]
    return body, [] if stride == 1 and channels == filters else shortcut


def resnet18():
    layers = [("convolution", "conv1", 3, 64, 3, 1, False), ("batch norm", "bn1", 64), ("relu", "relu")]
    channels = 64
    for stage, filters in enumerate((64, 128, 256, 512)):
        for number in range(2):
            stride = 2 if stage > 0 and number == 0 else 1
            layers.append(("block", f"layer{stage + 1}.{number}", channels, filters, stride))
            channels = filters
    return layers + [("global average pool", "avgpool"), ("dense", "fc", 512, 10)]


class Workload:
    """A network, how it is trained (with a learning rate of 1e-3 everywhere), and the standard deviation of its first weights."""

    def __init__(self, layers, batch_size, optimizer, scale=None, regularization=0.0):
        self.layers, self.batch_size, self.optimizer = layers, batch_size, optimizer
        self.scale, self.regularization = scale, regularization

    @property
    def is_convolutional(self):
        return any(layer[0] in ("convolution", "block") for layer in self.layers)

    def without_dropout(self):
        """The same with the names that its layers then have in Lemnos, where a layer's name is its position."""
        layers = [layer for layer in self.layers if layer[0] != "dropout"]
        if len(layers) < len(self.layers):
            layers = [(kind, str(position), *sizes) for position, (kind, _, *sizes) in enumerate(layers)]
        return Workload(layers, self.batch_size, self.optimizer, self.scale, self.regularization)

    def initial(self):
        """Parameters by name, in the order of the network."""
        random, parameters = np.random.default_rng(231), {}

        def add(layer):
            kind, name, *sizes = layer
            if kind == "block":
                for part in sum(block(name, *sizes), []):
                    add(part)
            elif kind == "batch norm":
                parameters[f"{name}.weight"] = np.ones(sizes[0], np.float32)
                parameters[f"{name}.bias"] = np.zeros(sizes[0], np.float32)
            elif kind in ("dense", "convolution"):
                if kind == "dense":
                    shape, fan_in, outputs, has_bias = sizes, sizes[0], sizes[1], True
                else:
                    channels, outputs, window, _, has_bias = sizes
                    shape, fan_in = (outputs, channels, window, window), channels * window * window
                scale = self.scale or (2 / fan_in) ** 0.5
                parameters[f"{name}.weight"] = random.standard_normal(shape, np.float32) * np.float32(scale)
                if has_bias:
                    parameters[f"{name}.bias"] = np.zeros(outputs, np.float32)

        for layer in self.layers:
            add(layer)
        return parameters

    def batches(self, batch_size):
        """Images [batches, N, 3, 32, 32] and labels [batches, N], by field."""
        random = np.random.default_rng(1)
        images = random.standard_normal((STEP_BATCHES, batch_size, 3, 32, 32), np.float32)
        return {"images": images, "labels": random.integers(0, 10, (STEP_BATCHES, batch_size), np.int32)}


WORKLOADS = {
    "two-layer-net": Workload(fully_connected([3072, 100, 10]), 100, "sgd", scale=1e-3),
    "five-layer-net": Workload(fully_connected([3072, 100, 100, 100, 100, 10]), 100, "momentum", scale=5e-2),
    "six-layer-net-normalized": Workload(
        fully_connected([3072, 100, 100, 100, 100, 100, 10], True, 0.25), 50, "adam", scale=5e-2),
    "three-layer-convnet": Workload(convnet(), 50, "adam", scale=1e-3, regularization=1e-3),
    "vgg-6": Workload(vgg(), 64, "momentum"),
    "resnet18": Workload(resnet18(), 32, "momentum"),
    **TRANSFORMERS,
}


def write_safetensors(path, tensors):
    header, offset = {}, 0
    for name, values in tensors.items():
        code = {"float32": "F32", "int32": "I32"}[str(values.dtype)]
        header[name] = {"dtype": code, "shape": values.shape, "data_offsets": [offset, offset + values.nbytes]}
        offset += values.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for values in tensors.values():
            file.write(np.ascontiguousarray(values).tobytes())


if __name__ == "__main__":
    name, batch_size, folder, *rest = sys.argv[1:]
    workload = WORKLOADS[name].without_dropout() if rest == ["--without-dropout"] else WORKLOADS[name]
    write_safetensors(f"{folder}/weights.safetensors", workload.initial())
    write_safetensors(f"{folder}/batches.safetensors", workload.batches(int(batch_size)))
