"""Numbers of PyTorch, in float64, for what it does in another form than Lemnos unless that is asked to do the same.

- runningStatistics: batch normalization of several batches: running means and variances after each.
- updates: optimizers over six steps in which the learning rate changes twice: the parameter after each.
- residualNet: a small ResNet of torchvision's names over ten steps, likewise: its losses, and scores in evaluation afterwards.

    python3 make_pytorch_goldens.py > pytorch.json      # PyTorch 2.13, for processors
"""
import json
import sys

import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(231)


def short(values):
    """Values that float32 holds and that take few digits."""
    return (values * 4096).round() / 4096


def numbers(tensor):
    return {"shape": list(tensor.shape), "data": tensor.detach().flatten().tolist()}


def running_statistics():
    for shape, momentum in [((13, 3), 0.1), ((2, 4), 0.3), ((3, 2, 2, 3), 0.1)]:
        layer = (nn.BatchNorm1d if len(shape) == 2 else nn.BatchNorm2d)(shape[1], momentum=momentum)
        batches, means, variances = [], [], []
        for step in range(4):
            batch = short(torch.randn(shape) * (1 + step) + step)
            layer(batch)
            batches.append(numbers(batch))
            means.append(layer.running_mean.tolist())
            variances.append(layer.running_var.tolist())
        # PyTorch counts the share of the new, and Lemnos that of the old.
        yield {"momentum": 1 - momentum, "batches": batches, "means": means, "variances": variances}


RATES = [0.1, 0.1, 0.01, 0.01, 0.01, 0.05]


def updates():
    rules = {
        "momentum": lambda w, decay: torch.optim.SGD(w, 1, momentum=0.9, weight_decay=decay),
        "nesterov": lambda w, decay: torch.optim.SGD(w, 1, momentum=0.9, weight_decay=decay, nesterov=True),
        "adam": lambda w, decay: torch.optim.Adam(w, 1, weight_decay=decay),
        "adamw": lambda w, decay: torch.optim.AdamW(w, 1, weight_decay=decay),
    }
    initial = short(torch.randn(5))
    gradients = [short(torch.randn(5)) for _ in RATES]
    for rule, make in rules.items():
        for decay in [0, 0.25]:
            w = nn.Parameter(initial.clone())
            optimizer = make([w], decay)
            parameters = []
            for rate, gradient in zip(RATES, gradients):
                optimizer.param_groups[0]["lr"] = rate
                w.grad = gradient.clone()
                optimizer.step()
                parameters.append(w.tolist())
            yield {
                "rule": rule, "weightDecay": decay, "rates": RATES, "initial": initial.tolist(),
                "gradients": [gradient.tolist() for gradient in gradients], "parameters": parameters}


class BasicBlock(nn.Module):
    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.downsample = None
        if stride > 1:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (self.downsample(x) if self.downsample else x))


class ResNet(nn.Module):
    WIDTHS, CLASSES = [4, 8], 5

    def __init__(self):
        super().__init__()
        first, second = self.WIDTHS
        self.conv1 = nn.Conv2d(3, first, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(first)
        self.layer1 = nn.Sequential(BasicBlock(first, first, 1))
        self.layer2 = nn.Sequential(BasicBlock(first, second, 2))
        self.fc = nn.Linear(second, self.CLASSES)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.fc(self.layer2(self.layer1(x)).mean((2, 3)))


def residual_nets():
    # Few pixels, so that n / (n − 1) shows; 13 images, so that they make no round number.
    images = torch.randint(0, 256, (4, 13, 3, 6, 6)) / 128 - 1
    labels = torch.randint(0, ResNet.CLASSES, (4, 13))
    rates = [0.1] * 4 + [0.02] * 3 + [0.05] * 3
    template = ResNet()
    with torch.no_grad():
        for parameter in template.parameters():
            parameter.copy_(short(parameter))
    state = {name: value.clone() for name, value in template.state_dict().items() if "num_batches" not in name}

    def make(net, rule, decay, scope):
        parameters = list(net.parameters())
        groups = [{"params": parameters}]
        if scope == "weights":
            groups = [
                {"params": [p for p in parameters if p.dim() > 1]},
                {"params": [p for p in parameters if p.dim() <= 1], "weight_decay": 0}]
        if rule == "adamw":
            return torch.optim.AdamW(groups, 1, weight_decay=decay)
        return torch.optim.SGD(groups, 1, momentum=0.9, weight_decay=decay, nesterov=rule == "nesterov")

    runs = []
    # The rate of AdamW is that of the others, divided.
    for rule, decay, scope, factor in [
        ("momentum", 5e-3, "allParameters", 1), ("nesterov", 5e-3, "weights", 1), ("adamw", 0.1, "allParameters", 0.1)]:
        net = ResNet()
        net.load_state_dict(state, strict=False)
        optimizer = make(net, rule, decay, scope)
        losses = []
        for step, rate in enumerate(rates):
            for group in optimizer.param_groups:
                group["lr"] = rate * factor
            optimizer.zero_grad()
            loss = F.cross_entropy(net(images[step % 4]), labels[step % 4])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        net.eval()
        runs.append({
            "rule": rule, "weightDecay": decay, "scope": scope, "rates": [rate * factor for rate in rates],
            "losses": losses, "scores": numbers(net(images[0]))})
    return {
        "widths": ResNet.WIDTHS, "classes": ResNet.CLASSES, "images": numbers(images), "labels": labels.flatten().tolist(),
        "initial": {name: numbers(value) for name, value in state.items()}, "runs": runs}


json.dump(
    {"runningStatistics": list(running_statistics()), "updates": list(updates()), "residualNet": residual_nets()},
    sys.stdout, separators=(",", ":"))
print()
