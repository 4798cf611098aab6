"""Ten steps of AdamW of small recurrent language models in PyTorch, in float64: their losses.

    python3 make_recurrent_goldens.py > recurrent.json      # PyTorch 2.15, for processors

Parameters and tokens are numbers by a formula, which the test computes too.
"""
import json
import math
import sys

import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)

VOCABULARY, LENGTH, CHANNELS, UNITS, BATCH, STEPS = 37, 12, 6, 10, 4, 10
CELLS = {"lstm": nn.LSTM, "gru": nn.GRU}


def numbers(shape, seed, scale):
    """Between −scale and scale, and looking like chance."""
    count = math.prod(shape)
    return torch.tensor([scale * ((i * 7919 + seed * 104729) % 2003 / 1001.5 - 1) for i in range(count)]).reshape(shape)


def run(cell, layers, bidirectional, lengths):
    tokens = nn.Embedding(VOCABULARY, CHANNELS)
    rnn = CELLS[cell](CHANNELS, UNITS, layers, batch_first=True, bidirectional=bidirectional)
    head = nn.Linear(UNITS * (2 if bidirectional else 1), VOCABULARY)
    parameters = {f"{module}.{name}": value for module, part in [("tokens", tokens), ("rnn", rnn), ("head", head)]
                  for name, value in part.named_parameters()}
    with torch.no_grad():
        for seed, name in enumerate(sorted(parameters)):
            value = parameters[name]
            # Lemnos' matrices are [inputs, units], but for the table.
            is_turned = value.dim() > 1 and name != "tokens.weight"
            shape = tuple(reversed(value.shape)) if is_turned else tuple(value.shape)
            start = numbers(shape, seed, 0.3 if len(shape) > 1 else 0.1).float().double()
            value.copy_(start.T if is_turned else start)
    matrices = [value for value in parameters.values() if value.dim() > 1]
    others = [value for value in parameters.values() if value.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0}], 0.01, betas=(0.9, 0.95))
    losses = []
    for step in range(STEPS):
        ids = torch.tensor([[(step * 31 + row * 17 + place * place * 5 + place) % VOCABULARY for place in range(LENGTH + 1)]
                            for row in range(BATCH)])
        optimizer.zero_grad()
        x = tokens(ids[:, :-1])
        if lengths:
            x = nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
        y, states = rnn(x)
        if lengths:
            y, _ = nn.utils.rnn.pad_packed_sequence(y, batch_first=True, total_length=LENGTH)
        loss = F.cross_entropy(head(y).flatten(0, 1), ids[:, 1:].flatten())
        # The last states take part too.
        for state in states if cell == "lstm" else [states]:
            loss = loss + 0.1 * (state * state).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {"cell": cell, "layers": layers, "bidirectional": bidirectional, "lengths": lengths, "losses": losses}


CASES = [(2, False, []), (1, True, []), (2, True, [12, 5, 9, 1])]
json.dump([run(cell, *case) for cell in CELLS for case in CASES], sys.stdout, indent=1)
print()
