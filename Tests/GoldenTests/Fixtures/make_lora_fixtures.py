"""Adapters of Hugging Face's PEFT on the small models of `transformers`: folders as save_pretrained writes them, the scores of each for
some inputs, and the losses of ten steps of AdamW from there, of the adapters alone, computed by PyTorch in float64.

    python3 make_lora_fixtures.py transformers lora      # PyTorch 2.15, transformers 5.24, PEFT 0.21
"""
import json
import pathlib
import shutil
import sys

import peft
import torch
import transformers

from torch.nn import functional as F

VOCABULARY, CONTEXT, BATCH, STEPS = 67, 16, 3, 10


def tokens(step):
    """[BATCH, CONTEXT + 1], by a formula that the test has too, as are the others."""
    return torch.tensor([[(step * 31 + row * 17 + place * place * 5 + place) % VOCABULARY for place in range(CONTEXT + 1)]
                         for row in range(BATCH)])


def images(step):
    """[BATCH, 3, 8, 8]."""
    count = BATCH * 3 * 8 * 8
    return torch.tensor([(i * 7919 + step * 104729) % 2003 / 1001.5 - 1 for i in range(count)]).float().reshape(BATCH, 3, 8, 8)


def texts(step):
    lengths = torch.tensor([16, 9, 1])
    return {"input_ids": tokens(step)[:, :-1], "attention_mask": (torch.arange(CONTEXT) < lengths[:, None]).long()}


def language_loss(model, step):
    ids = tokens(step)
    return F.cross_entropy(model(ids[:, :-1]).logits.flatten(0, 1), ids[:, 1:].flatten())


def image_loss(model, step):
    return F.cross_entropy(model(images(step).double()).logits, torch.tensor([(step + row) % 5 for row in range(BATCH)]))

VIT = ["projection", "o_proj", "fc1", "fc2"]

CASES = [
    ("gpt2", "gpt2", transformers.AutoModelForCausalLM, language_loss,
     dict(target_modules=["c_attn", "c_proj", "c_fc"], fan_in_fan_out=True, task_type="CAUSAL_LM")),
    ("gpt2-dora", "gpt2", transformers.AutoModelForCausalLM, language_loss,
     dict(target_modules=["c_attn", "attn.c_proj"], fan_in_fan_out=True, use_dora=True, task_type="CAUSAL_LM")),
    ("vit", "vit", transformers.AutoModelForImageClassification, image_loss,
     dict(target_modules=VIT, modules_to_save=["classifier"])),
    ("vit-dora", "vit", transformers.AutoModelForImageClassification, image_loss,
     dict(target_modules=VIT, use_dora=True)),
    # Modules that are one weight in Lemnos, of which some have no adapter: scores alone are the same there.
    ("bert-dora", "bert", transformers.AutoModelForSequenceClassification, None,
     dict(target_modules=["query", "value"], use_dora=True, task_type="SEQ_CLS")),
    ("llama", "llama", transformers.AutoModelForCausalLM, None,
     dict(target_modules=["q_proj", "v_proj", "down_proj", "gate_proj"], task_type="CAUSAL_LM")),
]


def scores(name, model):
    if name == "vit":
        return model(images(0).double()).logits
    if name == "bert":
        return model(**texts(0)).logits
    return model(tokens(0)[:1, :-1]).logits[0]


def train(model, loss):
    """The losses of steps by `loss(model, step)`: matrices and magnitudes decay, biases do not."""
    trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    groups = [{"params": [p for name, p in trained if name.endswith("bias") == isBias], "weight_decay": 0 if isBias else 0.1}
              for isBias in (False, True)]
    optimizer = torch.optim.AdamW([group for group in groups if group["params"]], 0.003, betas=(0.9, 0.95))
    losses = []
    for step in range(STEPS):
        optimizer.zero_grad()
        value = loss(model, step)
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return losses


def main():
    base, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    for name, network, auto, loss, options in CASES:
        torch.manual_seed(7)
        model = auto.from_pretrained(base / network, dtype=torch.float64, attn_implementation="eager")
        config = peft.LoraConfig(r=3, lora_alpha=6, lora_dropout=0.0, **options)
        model = peft.get_peft_model(model, config)
        for key, parameter in model.named_parameters():
            # Matrices B begin with zeros, by which nothing would be seen of A; numbers are float32's, as they are saved.
            if parameter.requires_grad:
                noise = 0.2 * torch.randn_like(parameter)
                parameter.data = (parameter.data + noise if "magnitude" in key else
                                  noise if "lora_B" in key else parameter.data).float().double()
        folder = out / name
        shutil.rmtree(folder, ignore_errors=True)
        model.eval()
        model.float().save_pretrained(folder)
        model.double()
        (folder / "README.md").unlink(missing_ok=True)
        settings = json.loads((folder / "adapter_config.json").read_text())
        settings["base_model_name_or_path"] = network
        (folder / "adapter_config.json").write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n")
        with torch.no_grad():
            expected = scores(network, model)
        losses = [] if loss is None else train(model, loss)
        (folder / "adapter_model.safetensors").chmod(0o644)
        rows = [[round(x, 7) for x in row] for row in expected.tolist()]
        (out / f"{name}.json").write_text(json.dumps({"scores": rows, "losses": losses}) + "\n")
        print(name, sum(p.numel() for p in model.parameters() if p.requires_grad), losses[:1], losses[-1:])


if __name__ == "__main__":
    main()
