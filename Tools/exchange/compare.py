"""Compares what Lemnos exports and imports with onnxruntime and PyTorch: see Tools/test-exchange, which calls it.

The Python of Documentation/PyTorch-and-ONNX.md is run, not repeated.
"""
import copy
import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy
import onnx
import torch
from safetensors.numpy import load_file, save_file

ROOT, FOLDER = Path(sys.argv[1]), Path(sys.argv[2])
NETWORKS = sys.argv[3:]
LEMNOS, CASES = (str(ROOT / ".build/release" / name) for name in ("lemnos", "exchange-cases"))
TOLERANCE = 1e-4
# As long as the sum over a row of scores is right to the fifth digit, so is a loss.
LOSS_TOLERANCE = 1e-5
failures = []


def define_missing_operators():
    """Lets torchvision be imported where its compiled operators are for another build of PyTorch.

    Its networks use none of them, but it does not import without these two.
    """
    try:
        import torchvision
    except RuntimeError:
        library = torch.library.Library("torchvision", "DEF")
        for name in ["nms", "qnms"]:
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        for name in [name for name in sys.modules if name.startswith("torchvision")]:
            del sys.modules[name]
        import torchvision
        return library


def documented():
    """What the Python of the documentation defines."""
    names = {}
    text = (ROOT / "Documentation/PyTorch-and-ONNX.md").read_text()
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(block, names)
    return names


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def compare(what, ours, theirs):
    difference = float(numpy.abs(ours - theirs).max())
    greatest = float(numpy.abs(theirs).max())
    agrees = ours.shape == theirs.shape and difference <= TOLERANCE * max(1, greatest)
    print(f"{what:45}  {difference:.1e} of {greatest:.1f}{'' if agrees else '  DIFFERENT'}", flush=True)
    if not agrees:
        failures.append(what)


def modules(guide):
    """The networks of exchange-cases as PyTorch has them; not that of all operations, which is ONNX's alone."""
    from torch import nn
    resnet, vgg, dense = guide["resnet"], guide["vgg"], guide["fully_connected_net"]
    sizes = [64, 32, 10]
    return {
        "two-layer-net": lambda: dense([784, 100, 10]),
        "fully-connected-net-batch": lambda: dense([784, *sizes], nn.BatchNorm1d, 0.5),
        "fully-connected-net-layer": lambda: dense([3072, *sizes], nn.LayerNorm, 0.5),
        "three-layer-convnet": lambda: guide["three_layer_convnet"](3, 32, 10),
        "vgg11": lambda: vgg(guide["vgg11_bn"], 3, 32, 10),
        "vgg16": lambda: vgg(guide["vgg16_bn"], 1, 28, 10),
        "resnet18": lambda: resnet(guide["resnet18"], 3, 32, 10),
        "resnet18-large": lambda: resnet(guide["resnet18"], 3, 72, 10),
        "resnet34": lambda: resnet(guide["resnet34"], 3, 32, 10),
        "resnet50": lambda: resnet(guide["resnet50"], 3, 32, 10),
        "resnet20": lambda: guide["resnet20"](3, 10),
    }


def check_exports(guide):
    networks = modules(guide)
    for name in run(CASES).split():
        if NETWORKS and name not in NETWORKS:
            continue
        run(CASES, "write", name, str(FOLDER))
        path = FOLDER / name
        case = load_file(f"{path}.scores.safetensors")
        onnx.checker.check_model(onnx.load(f"{path}.onnx"), full_check=True)
        pixels, scores = case["input"], case["scores"]
        compare(f"{name} in onnxruntime", scores, guide["scores"](f"{path}.onnx", pixels))
        # A batch of another size.
        compare(f"{name} in onnxruntime, one image", scores[:1], guide["scores"](f"{path}.onnx", pixels[:1]))
        if make := networks.get(name):
            net = guide["load"](f"{path}.pytorch.safetensors", make())
            with torch.no_grad():
                compare(f"{name} in PyTorch", scores, net(torch.tensor(pixels)).numpy())
        for file in FOLDER.glob(f"{name}.*"):
            file.unlink()


def check_import(guide):
    """torchvision's own ResNet-18, with random parameters and statistics of images that it has seen."""
    from safetensors.torch import save_file as save
    torch.manual_seed(231)
    net = guide["resnet18"](num_classes=10)
    for layer in net.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = 1.0
            torch.nn.init.normal_(layer.weight, 1, 0.2)
            torch.nn.init.normal_(layer.bias, 0, 0.2)
    pixels = torch.randint(0, 256, (16, 3, 72, 72)).float()
    mean, deviation = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    normalized = (pixels / 255 - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(deviation).view(3, 1, 1)
    with torch.no_grad():
        net.train()(normalized)
    net.eval()
    net_file, checkpoint, images, result = (
        str(FOLDER / f"{name}.safetensors") for name in ("net", "checkpoint", "images", "result"))
    save_file({"input": pixels.numpy()}, images)
    numbers = [",".join(map(str, values)) for values in (mean, deviation)]
    for precision in [torch.float32, torch.bfloat16, torch.float16]:
        rounded = copy.deepcopy(net).to(precision)
        save(rounded.state_dict(), net_file)
        with torch.no_grad():
            scores = rounded.float()(normalized).numpy()
        run(LEMNOS, "import", net_file, "--model", "resnet18", "--input", "3x72x72", "--mean", numbers[0],
            "--std", numbers[1], "--out", checkpoint)
        run(CASES, "score", "resnet18-large", checkpoint, images, result)
        compare(f"PyTorch's resnet18 in {precision}, in Lemnos", load_file(result)["scores"], scores)
        for file in (checkpoint, result):
            os.unlink(file)


def check_trained(guide):
    """A network that was trained on the bundled images, exported as users do, on the test images."""
    folder = ROOT / "Sources/CBundledData"
    images = gzip.decompress((folder / "t10k-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / "t10k-labels-idx1-ubyte.gz").read_bytes())
    pixels = numpy.frombuffer(images, numpy.uint8, offset=16).reshape(-1, 1, 28, 28).astype(numpy.float32)
    classes = numpy.frombuffer(labels, numpy.uint8, offset=8)
    run(LEMNOS, "train", "--backend", "cpu", "--model", "three-layer-convnet", "--hidden", "32", "--train-samples", "1000",
        "--epochs", "1", "--out", str(FOLDER / "run"))
    best = str(FOLDER / "run/best.safetensors")
    run(LEMNOS, "export", best, "--to", "onnx")
    scores = guide["scores"](str(FOLDER / "run/best.onnx"), pixels).astype(numpy.float64)
    measured = json.loads(run(LEMNOS, "evaluate", "--backend", "cpu", "--checkpoint", best, "--json").splitlines()[-1])
    greatest = scores.max(1, keepdims=True)
    losses = numpy.log(numpy.exp(scores - greatest).sum(1)) + greatest[:, 0] - scores[numpy.arange(len(classes)), classes]
    accuracy, loss = float((scores.argmax(1) == classes).mean()), float(losses.mean())
    agrees = abs(accuracy - measured["accuracy"]) < 1e-6 and abs(loss - measured["loss"]) < LOSS_TOLERANCE
    print(f"a run on the bundled images in onnxruntime: accuracy {accuracy:.4f} for {measured['accuracy']:.4f}, loss {loss:.6f} "
          f"for {measured['loss']:.6f}{'' if agrees else '  DIFFERENT'}")
    if not agrees:
        failures.append("a run on the bundled images")
    names = guide["class_names"](str(FOLDER / "run/best.onnx"))
    if len(set(names)) != 10:
        failures.append(f"the names of its classes: {names}")


library = define_missing_operators()
guide = documented()
check_exports(guide)
if not NETWORKS:
    check_import(guide)
    check_trained(guide)
if failures:
    sys.exit(f"test-exchange: different scores: {', '.join(failures)}")
