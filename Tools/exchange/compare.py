"""Compares what Lemnos exports and imports with onnxruntime, PyTorch and transformers: see Tools/test-exchange, which calls it.

The Python of Documentation/PyTorch-and-ONNX.md is run, not repeated.
"""
import copy
import gzip
import importlib.util
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
# A loss is correct to the fifth digit if the sum over a row of scores is.
LOSS_TOLERANCE = 1e-5
# The relative tolerance of a running variance.
VARIANCE_TOLERANCE = 2e-5
# The tolerances for a picture's pixels, out of 255, and for the predictions from them.
PIXEL_TOLERANCE, PROBABILITY_TOLERANCE = 1, 0.005
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


HAS_TRANSFORMERS = importlib.util.find_spec("transformers") is not None


def documented():
    """The definitions in the documentation's Python code, but for those that need transformers where it is not installed."""
    names = {}
    text = (ROOT / "Documentation/PyTorch-and-ONNX.md").read_text()
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        if HAS_TRANSFORMERS or "from transformers import" not in block:
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
    """The networks of exchange-cases in PyTorch, without those that are exported to ONNX only."""
    from torch import nn
    from torchvision.models import mobilenet_v2
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
        "mobilenetv2": lambda: mobilenet_v2(num_classes=10),
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
    """torchvision's own ResNet-18, with random parameters and measured running statistics."""
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
    folder = ROOT / "Sources/Data/CBundledData"
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


def pictures():
    """PNG and JPEG files of all kinds and many sizes: gradients with noise, which every filter changes."""
    from PIL import Image
    generator = numpy.random.default_rng(231)
    for number, (width, height, mode, format) in enumerate([
            (640, 480, "RGB", "JPEG"), (480, 641, "RGB", "PNG"), (28, 28, "L", "PNG"), (9, 5, "RGB", "PNG"), (333, 32, "L", "JPEG"),
            (32, 333, "RGB", "JPEG"), (200, 200, "RGBA", "PNG"), (61, 47, "LA", "PNG"), (100, 99, "P", "PNG"), (57, 91, "CMYK", "JPEG"),
            (1500, 1000, "RGB", "JPEG"), (31, 33, "RGB", "PNG"), (70, 40, "1", "PNG"), (45, 80, "turned", "JPEG")]):
        rows, columns = numpy.mgrid[0:height, 0:width]
        waves = [127 + 100 * numpy.sin(rows * a + columns * b) for a, b in [(0.05, 0.03), (0.4, 0.7), (0.011, 0.2)]]
        pixels = numpy.clip(numpy.stack(waves, 2) + generator.normal(0, 12, (height, width, 3)), 0, 255).astype(numpy.uint8)
        picture = Image.fromarray(pixels)
        if mode in ("RGBA", "LA"):
            # No partial alpha, which only one of the two blends in linear light.
            picture.putalpha(Image.fromarray((columns // 9 % 3 > 0).astype(numpy.uint8) * 255))
        exif = Image.Exif()
        if mode == "turned":
            exif[0x0112] = 6
        elif mode not in ("RGB", "RGBA"):
            picture = picture.convert(mode)
        path = FOLDER / f"{number}.{format.lower()}"
        picture.save(path, format, **({"quality": 90, "exif": exif} if format == "JPEG" else {}))
        yield path, f"{mode} {format} of {width}×{height}"


def check_pictures(guide):
    """Compares picture preprocessing in the documentation's Python code and in Lemnos, and the predictions."""
    run(LEMNOS, "train", "--backend", "cpu", "--model", "three-layer-convnet", "--hidden", "16", "--train-samples", "1000",
        "--epochs", "2", "--out", str(FOLDER / "seen"))
    best, net = str(FOLDER / "seen/best.safetensors"), str(FOLDER / "seen/best.onnx")
    run(LEMNOS, "export", best, "--to", "onnx")
    names = guide["class_names"](net)
    greatest = 0
    for path, kind in pictures():
        for shape in [(3, 32, 32), (1, 28, 28), (3, 64, 48)]:
            result = str(FOLDER / "fitted.safetensors")
            run(CASES, "fit", str(path), "x".join(map(str, shape)), result)
            ours = load_file(result)["input"]
            difference = numpy.abs(ours - guide["pixels"](str(path), *shape))
            os.unlink(result)
            if difference.max() > PIXEL_TOLERANCE:
                failures.append(f"pixels of a {kind} as {shape}: {difference.max():.0f}")
            greatest = max(greatest, difference.max())
        said = {each["name"]: each["probability"] for each in json.loads(
            run(LEMNOS, "predict", "--backend", "cpu", best, str(path), "--json", "--top", "10"))["classes"]}
        scores = guide["scores"](net, guide["pixels"](str(path), 1, 28, 28))[0].astype(numpy.float64)
        theirs = numpy.exp(scores - scores.max())
        difference = max(abs(p - said[name]) for name, p in zip(names, theirs / theirs.sum()))
        agrees = difference <= PROBABILITY_TOLERANCE
        print(f"a {kind} in Pillow and onnxruntime: probabilities differ by {difference:.1e}{'' if agrees else '  DIFFERENT'}")
        if not agrees:
            failures.append(f"what is predicted of a {kind}")
    print(f"pixels of pictures in Pillow: {greatest:.0f} of 255{'' if greatest <= PIXEL_TOLERANCE else '  DIFFERENT'}")


def check_training(guide):
    """A ResNet-20 of PyTorch's, trained there and, after its import, by lemnos train --conventions pytorch: the losses of ten steps.

    Each batch is all images, so that their order does not matter. The steps are short: of longer ones the losses differ by more between
    PyTorch's own float32 and float64, because normalization makes rounding errors grow from step to step.
    """
    from safetensors.torch import save_file as save
    from torch.nn import functional as F
    images, rates, decay, epochs = 128, [2e-4] * 4 + [2e-5] * 4 + [2e-6] * 2, 0.05, 10
    folder = ROOT / "Sources/Data/CBundledData"
    pixels = numpy.frombuffer(
        gzip.decompress((folder / "train-images-idx3-ubyte.gz").read_bytes()), numpy.uint8, 28 * 28 * images, 16)
    labels = numpy.frombuffer(gzip.decompress((folder / "train-labels-idx1-ubyte.gz").read_bytes()), numpy.uint8, images, 8)
    x = torch.tensor(pixels.reshape(images, 1, 28, 28).astype(numpy.float64)) / 255
    x, y = (x - 0.286) / 0.353, torch.tensor(labels.astype(numpy.int64))
    for rule in ["momentum", "nesterov"]:
        torch.manual_seed(231)
        # In float64, to reduce rounding on this side.
        net = guide["resnet20"](1, 10).double()
        net_file, checkpoint = str(FOLDER / f"{rule}.safetensors"), str(FOLDER / f"{rule}-imported.safetensors")
        with torch.no_grad():
            for parameter in net.parameters():
                parameter.copy_(parameter.float())
        save(net.state_dict(), net_file)
        optimizer = torch.optim.SGD(
            net.parameters(), rates[0], momentum=0.9, weight_decay=decay, nesterov=rule == "nesterov")
        expected = []
        for rate in rates:
            optimizer.param_groups[0]["lr"] = rate
            optimizer.zero_grad()
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
            expected.append(loss.item())
        run(LEMNOS, "import", net_file, "--model", "resnet20", "--input", "1x28x28", "--mean", "0.286", "--std", "0.353", "--out",
            checkpoint)
        output = run(
            LEMNOS, "train", "--backend", "cpu", "--model", "resnet20", "--from", checkpoint, "--conventions", "pytorch",
            "--optimizer", rule, "--learning-rate", str(rates[0]), "--reg", str(decay), "--schedule", "step", "--lr-every", "4",
            "--lr-decay", "0.1", "--batch-size", str(images), "--train-samples", str(images), "--validation", "0",
            "--epochs", str(epochs), "--print-every", "1", "--json", "--out", str(FOLDER / f"{rule}-run"))
        losses = [line["loss"] for line in map(json.loads, output.splitlines()) if line["event"] == "step"]
        difference = max(abs(a - b) / b for a, b in zip(losses, expected)) if len(losses) == epochs else float("inf")
        # The biased variance would make the contribution of the ten steps smaller by 1/6,272.
        name = "layer3.2.bn2.running_var"
        ours = load_file(str(FOLDER / f"{rule}-run/last.safetensors"))[name]
        theirs = net.state_dict()[name].numpy()
        agrees = difference <= LOSS_TOLERANCE and numpy.abs(ours / theirs - 1).max() < VARIANCE_TOLERANCE
        print(f"PyTorch's resnet20 trained with {rule}: losses of ten steps differ by {difference:.1e} of {expected[-1]:.3f}"
              f"{'' if agrees else '  DIFFERENT'}")
        if not agrees:
            failures.append(f"a ResNet-20 trained with {rule}")


def check_transformers(guide):
    """Language models that were trained here, exported as folders for transformers: the same words are the likeliest there.

    Their weights come back the same from such a folder.
    """
    prompt = "The Rays of Light"
    for arrangement in ["gpt2", "llama"]:
        folder = FOLDER / arrangement
        run(LEMNOS, "train", "--backend", "cpu", "--model", "gpt", "--arrangement", arrangement, "--data", "opticks", "--blocks", "2",
            "--heads", "2", "--channels", "32", "--context", "32", "--steps", "60", "--quiet", "--out", f"{folder}-run")
        best, back = f"{folder}-run/best.safetensors", f"{folder}-back.safetensors"
        run(LEMNOS, "export", best, "--to", "huggingface", "--out", str(folder))
        model, tokenizer = guide["loaded"](folder)
        tokens = tokenizer(prompt, return_tensors="pt")
        count = 12
        with torch.no_grad():
            written = model.generate(**tokens, max_new_tokens=count, do_sample=False)
        theirs = tokenizer.decode(written[0])
        ours = run(LEMNOS, "sample", best, "--backend", "cpu", "--prompt", prompt, "--temperature", "0", "--tokens", str(count))
        agrees = ours.rstrip("\n") == theirs.rstrip("\n")
        print(f"a gpt of {arrangement}'s arrangement in transformers writes {'the same' if agrees else f'DIFFERENT: {theirs!r} for {ours!r}'}")
        if not agrees:
            failures.append(f"a gpt of {arrangement}'s arrangement")
        run(LEMNOS, "import", str(folder), "--out", back)
        first, second = load_file(best), load_file(back)
        if any(name not in first or first[name].tobytes() != values.tobytes() for name, values in second.items()):
            failures.append(f"weights of a gpt of {arrangement}'s arrangement that come back")


library = define_missing_operators()
guide = documented()
check_exports(guide)
if not NETWORKS:
    check_import(guide)
    check_trained(guide)
    check_pictures(guide)
    check_training(guide)
    if HAS_TRANSFORMERS:
        check_transformers(guide)
if failures:
    sys.exit(f"test-exchange: different scores: {', '.join(failures)}")
