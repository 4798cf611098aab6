"""Files as torch.save writes them: parameters alone, in the format before 1.6, among other things, and as a compiled module.

    python3 make_pytorch_files.py       # writes them here; PyTorch 2.13
"""
from pathlib import Path

import torch

FOLDER = Path(__file__).resolve().parent
parameters = {"0.weight": torch.tensor([[0.5, -1.0]]), "0.bias": torch.tensor([0.25])}
torch.save(parameters, FOLDER / "parameters.pth")
torch.save(parameters, FOLDER / "old.pt", _use_new_zipfile_serialization=False)
torch.save({"epoch": 3, "state_dict": parameters}, FOLDER / "training.bin")
torch.jit.save(torch.jit.script(torch.nn.Linear(2, 1)), str(FOLDER / "compiled.pt"))
