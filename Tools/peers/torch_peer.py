"""Training steps of PyTorch. Modes: eager, or some of fused (the optimizer), channels_last, compile, graphs (CUDA's)."""
import harness

given = harness.options("torch_peer", ["eager", "fused", "channels_last", "compile", "graphs"])
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from transformer_workloads import Transformer, torch_module
from workloads import WORKLOADS, block

torch.manual_seed(0)
torch.set_num_threads(given.threads)
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = given.precision == "tf32"
torch.backends.cudnn.benchmark = True
workload = WORKLOADS[given.workload]
if given.without_dropout:
    workload = workload.without_dropout()
batch_size = given.batch_size or workload.batch_size
values = workload.initial()


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return F.relu(self.body(x) + self.shortcut(x))


def layer(kind, name, *sizes):
    if kind == "block":
        body, shortcut = block(name, *sizes)
        return Residual(nn.Sequential(*[layer(*part) for part in body]), nn.Sequential(*[layer(*part) for part in shortcut]))
    if kind == "relu":
        return nn.ReLU()
    if kind == "dropout":
        return nn.Dropout(sizes[0])
    if kind == "max pool":
        return nn.MaxPool2d(2)
    if kind == "global average pool":
        return nn.AdaptiveAvgPool2d(1)
    if kind == "batch norm":
        return (nn.BatchNorm2d if workload.is_convolutional else nn.BatchNorm1d)(sizes[0])
    weight = values[f"{name}.weight"]
    if kind == "dense":
        # Harmless if images are already flat.
        module, weight = nn.Linear(*sizes), np.ascontiguousarray(weight.T)
    else:
        channels, filters, window, stride, has_bias = sizes
        module = nn.Conv2d(channels, filters, window, stride, window // 2, bias=has_bias)
    module.weight.data = torch.from_numpy(weight)
    if module.bias is not None:
        module.bias.data.zero_()
    return nn.Sequential(nn.Flatten(), module) if kind == "dense" else module


is_transformer = isinstance(workload, Transformer)
net = torch_module(workload, values) if is_transformer else nn.Sequential(*[layer(*each) for each in workload.layers])
net = net.to(given.device).train()
fields = {name: torch.from_numpy(tensor).to(given.device) for name, tensor in workload.batches(batch_size).items()}
if "tokens" in fields:
    tokens = fields["tokens"].long()
    batches = [(some[:, :-1].contiguous(), some[:, 1:].flatten()) for some in tokens]
else:
    batches = list(zip(fields["images"], fields["labels"].long()))
if "channels_last" in given.mode:
    net = net.to(memory_format=torch.channels_last)
    batches = [(x.to(memory_format=torch.channels_last), y) for x, y in batches]

weights = [parameter for parameter in net.parameters() if parameter.dim() > 1]
groups = [
    {"params": weights, "weight_decay": 0.1 if is_transformer else workload.regularization},
    {"params": [parameter for parameter in net.parameters() if parameter.dim() <= 1], "weight_decay": 0.0}]
rule = {"lr": 1e-3, **({"fused": True} if "fused" in given.mode else {})}
if workload.optimizer == "adamw":
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.99), **rule, **({"capturable": True} if "graphs" in given.mode else {}))
elif workload.optimizer == "adam":
    optimizer = torch.optim.Adam(groups, **rule, **({"capturable": True} if "graphs" in given.mode else {}))
else:
    optimizer = torch.optim.SGD(groups, momentum=0.9 if workload.optimizer == "momentum" else 0.0, **rule)


def loss_of(x, y):
    with torch.autocast(given.device, dtype=torch.bfloat16, enabled=given.precision == "bf16"):
        return F.cross_entropy(net(x), y)


if "compile" in given.mode:
    loss_of = torch.compile(loss_of)


def plain_step(x, y):
    optimizer.zero_grad(set_to_none="graphs" not in given.mode)
    loss = loss_of(x, y)
    loss.backward()
    if is_transformer and workload.clip:
        nn.utils.clip_grad_norm_(net.parameters(), workload.clip)
    optimizer.step()
    return loss


def graph_step():
    """A step captured once as a graph and replayed on the data copied to its images and labels."""
    x, y = (values.clone() for values in batches[0])
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(5):
            plain_step(x, y)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        loss = plain_step(x, y)

    def step(images, labels):
        x.copy_(images)
        y.copy_(labels)
        graph.replay()
        return loss

    return step


# PyTorch's optimizer applies weight decay itself, without a penalty in the loss.
penalty = None
if workload.regularization:
    penalty = lambda: 0.5 * workload.regularization * sum((w * w).sum() for w in weights).item()
step = graph_step() if "graphs" in given.mode else plain_step
harness.measure(given, batch_size, f"PyTorch {torch.__version__}", step, batches, read=lambda loss: loss.item(), penalty=penalty)
