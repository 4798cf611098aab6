"""Small random models of Hugging Face's transformers: folders as save_pretrained writes them, the scores of each for some inputs, and
the losses of ten steps of AdamW from there, computed by PyTorch in float64.

    python3 make_transformers_fixtures.py transformers      # PyTorch 2.15, for processors, transformers 5.24
"""
import json
import pathlib
import shutil
import sys

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from torch.nn import functional as F

VOCABULARY, CONTEXT, BATCH, STEPS = 67, 16, 3, 10


def tokens(step):
    """[BATCH, CONTEXT + 1], by a formula that the test has too."""
    return torch.tensor([[(step * 31 + row * 17 + place * place * 5 + place) % VOCABULARY for place in range(CONTEXT + 1)]
                         for row in range(BATCH)])


def train(model, loss):
    """The losses of steps by `loss(model, step)`: matrices decay, vectors do not."""
    matrices = [p for p in model.parameters() if p.dim() > 1]
    vectors = [p for p in model.parameters() if p.dim() <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0}], 0.003, betas=(0.9, 0.95))
    losses = []
    for step in range(STEPS):
        optimizer.zero_grad()
        value = loss(model, step)
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return losses


def language_loss(model, step):
    ids = tokens(step)
    return F.cross_entropy(model(ids[:, :-1]).logits.flatten(0, 1), ids[:, 1:].flatten())


def images(step):
    """[BATCH, 3, 8, 8], by a formula that the test has too."""
    count = BATCH * 3 * 8 * 8
    return torch.tensor([(i * 7919 + step * 104729) % 2003 / 1001.5 - 1 for i in range(count)]).float().reshape(BATCH, 3, 8, 8)


def image_loss(model, step):
    labels = torch.tensor([(step + row) % 5 for row in range(BATCH)])
    return F.cross_entropy(model(images(step).double()).logits, labels)


LENGTHS = torch.tensor([16, 9, 1])


def texts(step):
    """Texts that end before the others do: what follows is not looked at."""
    return {"input_ids": tokens(step)[:, :-1], "attention_mask": (torch.arange(CONTEXT) < LENGTHS[:, None]).long()}


def text_loss(model, step):
    return F.cross_entropy(model(**texts(step)).logits, torch.tensor([(step + row) % 3 for row in range(BATCH)]))


def word_pieces():
    """WordPiece of small letters, each also within a word, and a few words, of exactly VOCABULARY tokens."""
    letters = [chr(code) for code in range(97, 123)]
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", ".", ","] + letters + ["##" + letter for letter in letters]
    names += ["good", "bad", "the", "##er", "##ing", "film", "was", "not", "very"]
    assert len(names) == VOCABULARY and len(set(names)) == VOCABULARY
    made = Tokenizer(models.WordPiece({name: number for number, name in enumerate(names)}, unk_token="[UNK]"))
    made.normalizer, made.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    made.decoder = decoders.WordPiece()
    made.add_special_tokens(names[:4])
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return made


def rows(scores):
    return [[round(x, 7) for x in row] for row in scores.reshape(-1, scores.shape[-1]).tolist()]


def tokenizer():
    """Lower-case letters and a few pairs of them, of exactly VOCABULARY tokens."""
    names = ["<|endoftext|>", "\n"] + [chr(code) for code in range(32, 64)] + [chr(code) for code in range(97, 123)]
    merges = [("t", "h"), ("th", "e"), ("a", "n"), ("i", "n"), ("e", "r"), ("o", "f"), ("r", "a")]
    names += ["".join(pair) for pair in merges]
    assert len(names) == VOCABULARY and len(set(names)) == VOCABULARY
    made = Tokenizer(models.BPE({name: number for number, name in enumerate(names)}, merges))
    made.add_special_tokens(["<|endoftext|>"])
    made.decoder = decoders.Fuse()
    made.pre_tokenizer = pre_tokenizers.Split(" ", "isolated")
    return made


def write(folder, name, config, kind, loss, inputs, dtype=torch.float32, shard="5GB"):
    torch.manual_seed(7)
    path = folder / name
    shutil.rmtree(path, ignore_errors=True)
    model = kind(config).eval()
    with torch.no_grad():
        # Norms and biases that begin at 1 and 0 would hide a mistake.
        for p in model.parameters():
            p.add_(torch.randn_like(p), alpha=0.1)
    model = model.to(dtype)
    model.save_pretrained(path, max_shard_size=shard)
    (path / "generation_config.json").unlink(missing_ok=True)
    model = kind.from_pretrained(path, dtype=torch.float64).eval()
    with torch.no_grad():
        scores = rows(model(**inputs).logits)
    expected = {"scores": scores, "losses": train(model, loss)}
    (folder / f"{name}.json").write_text(json.dumps(expected) + "\n")
    return path


folder = pathlib.Path(sys.argv[1])
folder.mkdir(exist_ok=True)
sizes = {"vocab_size": VOCABULARY, "bos_token_id": 0, "eos_token_id": 0}
no_dropout = {"embd_pdrop": 0.0, "attn_pdrop": 0.0, "resid_pdrop": 0.0}
language = {"input_ids": tokens(0)[:1, :-1]}
path = write(
    folder, "gpt2", transformers.GPT2Config(n_positions=CONTEXT, n_embd=32, n_layer=2, n_head=4, n_inner=48, **sizes, **no_dropout),
    transformers.GPT2LMHeadModel, language_loss, language)
tokenizer().save(str(path / "tokenizer.json"))
llama = {"max_position_embeddings": CONTEXT, "hidden_size": 32, "intermediate_size": 40, "num_hidden_layers": 2,
         "num_attention_heads": 4, "num_key_value_heads": 2, **sizes}
# In several files, of 16-bit numbers.
write(folder, "llama", transformers.LlamaConfig(rope_theta=500.0, rms_norm_eps=1e-5, **llama), transformers.LlamaForCausalLM,
      language_loss, language, torch.bfloat16, "20KB")
write(folder, "llama-tied", transformers.LlamaConfig(
    tie_word_embeddings=True, attention_bias=True, mlp_bias=True, **llama), transformers.LlamaForCausalLM, language_loss, language,
      torch.float16)
vit = transformers.ViTConfig(
    hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, image_size=8, patch_size=4, layer_norm_eps=1e-6,
    id2label={0: "ant", 1: "bee", 2: "cat", 3: "dog", 4: "eel"})
path = write(folder, "vit", vit, transformers.ViTForImageClassification, image_loss, {"pixel_values": images(0).double()}, shard="40KB")
processor = {"image_processor_type": "ViTImageProcessor", "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True,
             "image_mean": [0.5, 0.4, 0.3], "image_std": [0.25, 0.5, 0.2], "do_resize": True, "size": {"height": 8, "width": 8}}
(path / "preprocessor_config.json").write_text(json.dumps(processor, indent=2) + "\n")
# Without a number for padding, whose vector would not be learned, though these texts have it among their tokens.
bert = transformers.BertConfig(
    pad_token_id=None,
    vocab_size=VOCABULARY, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48,
    max_position_embeddings=CONTEXT, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    id2label={0: "bad", 1: "fair", 2: "good"})
path = write(folder, "bert", bert, transformers.BertForSequenceClassification, text_loss, texts(0))
word_pieces().save(str(path / "tokenizer.json"))
