"""Tokenizers trained on corpus.txt, and what Hugging Face's package and tiktoken make of texts, for the tests to compare with.

    python3 make_tokenizers.py       # writes tokenizers.json and ranks.tiktoken here; tokenizers 0.23, tiktoken 0.14

corpus.txt writes odd characters as escapes of JSON.
"""
import base64
import json
import random
import re
from pathlib import Path

import tiktoken
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

FOLDER = Path(__file__).resolve().parent
UNESCAPED = re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), (FOLDER / "corpus.txt").read_text())
LINES = [line for line in UNESCAPED.split("\n")]

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
CL100K = r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")


def texts():
  """Lines, the whole, edges, and random neighbours of what tokenizers look at."""
  source = random.Random(7)
  odd = list(" \t\n\r\u00a0\u3000'\u2019srtvemld.,!?-_a1Z9\u00e9\u0301\u4e2d\ud55c\U0001f600\u0663\u00bd\u200d<>[]|/\\\"") + ["'s", "'ll", "  ", "\n\n", "<s>", "[SEP]", "it's"]
  mixed = ["".join(source.choice(odd) for _ in range(source.randrange(1, 30))) for _ in range(40)]
  long = "".join(source.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(700))
  return ["", " ", "\n", "a", "  a", "a  ", "'", "'s", " 's", "it's'", "a\n\nb", "a \n b\n", "\r\n x", long, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          *LINES, *mixed, UNESCAPED]


def trained(model, trainer, normalizer=None, pre=None, post=None, decoder=None, special=(), added=()):
  tokenizer = Tokenizer(model)
  if normalizer: tokenizer.normalizer = normalizer
  if pre: tokenizer.pre_tokenizer = pre
  tokenizer.train_from_iterator(LINES, trainer)
  if decoder: tokenizer.decoder = decoder
  if special: tokenizer.add_special_tokens(list(special))
  if added: tokenizer.add_tokens(list(added))
  if post: tokenizer.post_processor = post(tokenizer)
  return tokenizer


def split(pattern):
  return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def byte_level(size, **extra):
  return trainers.BpeTrainer(vocab_size=size, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), **extra)


def template(tokenizer):
  ids = {name: tokenizer.token_to_id(name) for name in ("[CLS]", "[SEP]")}
  return processors.TemplateProcessing("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", list(ids.items()))


def tokenizers():
  N, P, D = normalizers, pre_tokenizers, decoders
  yield "gpt2", trained(
    models.BPE(), byte_level(700, special_tokens=["<|endoftext|>"]), pre=P.ByteLevel(add_prefix_space=False), decoder=D.ByteLevel(),
    post=lambda _: processors.ByteLevel(trim_offsets=False), added=[AddedToken("strange", lstrip=True), AddedToken("low", single_word=True)])
  yield "roberta", trained(
    models.BPE(), byte_level(500, special_tokens=["<s>", "</s>", "<mask>"]), pre=P.ByteLevel(add_prefix_space=True), decoder=D.ByteLevel(),
    post=lambda t: processors.RobertaProcessing(("</s>", 1), ("<s>", 0)), special=[AddedToken("<mask>", lstrip=True, rstrip=True)])
  yield "llama3", trained(models.BPE(ignore_merges=True), byte_level(600), pre=split(LLAMA3), decoder=D.ByteLevel(), special=["<|begin|>"])
  yield "qwen2", trained(models.BPE(), byte_level(600), normalizer=N.NFC(), pre=split(QWEN2), decoder=D.ByteLevel())
  yield "cl100k", trained(models.BPE(), byte_level(600), pre=split(CL100K), decoder=D.ByteLevel())
  yield "llama2", trained(
    models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True),
    trainers.BpeTrainer(vocab_size=700, limit_alphabet=120, show_progress=False, special_tokens=["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)]),
    normalizer=N.Sequence([N.Prepend("▁"), N.Replace(" ", "▁")]),
    decoder=D.Sequence([D.Replace("▁", " "), D.ByteFallback(), D.Fuse(), D.Strip(" ", 1, 0)]))
  yield "clip", trained(
    models.BPE(unk_token="<|endoftext|>", end_of_word_suffix="</w>"),
    trainers.BpeTrainer(vocab_size=600, limit_alphabet=150, end_of_word_suffix="</w>", show_progress=False, special_tokens=["<|endoftext|>"]),
    normalizer=N.Sequence([N.NFC(), N.Lowercase()]), pre=P.Sequence([P.WhitespaceSplit(), P.Punctuation("isolated"), P.Digits(individual_digits=True)]), decoder=D.BPEDecoder())
  yield "sub-words", trained(
    models.BPE(unk_token="<unk>", continuing_subword_prefix="@@", fuse_unk=False),
    trainers.BpeTrainer(vocab_size=400, limit_alphabet=60, continuing_subword_prefix="@@", show_progress=False, special_tokens=["<unk>"]),
    normalizer=N.NFKD(), pre=P.Whitespace())
  yield "bert", trained(
    models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=40),
    trainers.WordPieceTrainer(vocab_size=700, limit_alphabet=200, show_progress=False, special_tokens=["[UNK]", "[CLS]", "[SEP]"]),
    normalizer=N.BertNormalizer(), pre=P.BertPreTokenizer(), decoder=D.WordPiece(), post=template)
  yield "bert-cased", trained(
    models.WordPiece(unk_token="[UNK]"),
    trainers.WordPieceTrainer(vocab_size=700, show_progress=False, special_tokens=["[UNK]", "[CLS]", "[SEP]"]),
    normalizer=N.BertNormalizer(lowercase=False, strip_accents=False), pre=P.BertPreTokenizer(), decoder=D.WordPiece(cleanup=False),
    post=lambda t: processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1)))
  yield "t5", trained(
    models.Unigram(), trainers.UnigramTrainer(vocab_size=1000, show_progress=False, unk_token="<unk>", special_tokens=["<unk>", "</s>"]),
    normalizer=N.Sequence([N.NFKC(), N.Strip()]), pre=P.Metaspace(), decoder=D.Metaspace())
  yield "unigram", trained(
    models.Unigram(), trainers.UnigramTrainer(vocab_size=900, show_progress=False, unk_token="<unk>", special_tokens=["<unk>"]),
    normalizer=N.Sequence([N.NFD(), N.StripAccents(), N.Lowercase()]), pre=P.Metaspace(prepend_scheme="first", replacement="_"), decoder=D.Metaspace(prepend_scheme="never", replacement="_"),
    special=["<s>"])
  for behavior in ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]:
    yield f"split, {behavior}", trained(
      models.BPE(unk_token="<unk>"), trainers.BpeTrainer(vocab_size=160, limit_alphabet=90, show_progress=False, special_tokens=["<unk>"]),
      pre=P.Sequence([P.Split("e", behavior), P.Split(Regex(GPT2), "removed", invert=True), P.Punctuation(behavior), P.Digits()]), decoder=D.Fuse())


def main():
  cases = []
  for name, tokenizer in tokenizers():
    ids = [tokenizer.encode(text).ids for text in texts()]
    # Null where decoding gives the text itself.
    decoded = [None if (back := tokenizer.decode(row)) == text else back for text, row in zip(texts(), ids[:-1])]
    bare = tokenizer.encode(LINES[0], add_special_tokens=False).ids
    cases.append({"name": name, "tokenizer": json.loads(tokenizer.to_str()), "ids": ids, "decoded": decoded, "bare": bare})
  forms = {form: [getattr(normalizers, form)().normalize_str(text) for text in LINES] for form in ["NFC", "NFD", "NFKC", "NFKD"]}

  # Ranks: those of a byte pair encoding without special tokens.
  ranked = trained(models.BPE(), byte_level(600), pre=pre_tokenizers.ByteLevel(add_prefix_space=False))
  alphabet = {chr(c): b for b, c in enumerate(byte_characters())}
  ranks = {bytes(alphabet[c] for c in token): rank for token, rank in ranked.get_vocab().items()}
  (FOLDER / "ranks.tiktoken").write_text("".join(f"{base64.b64encode(token).decode()} {rank}\n" for token, rank in sorted(ranks.items(), key=lambda item: item[1])))
  ranked_cases = {}
  for name, pattern in [("gpt2", GPT2), ("cl100k", CL100K)]:
    encoding = tiktoken.Encoding(name, pat_str=pattern, mergeable_ranks=ranks, special_tokens={"<|endoftext|>": len(ranks)})
    ranked_cases[name] = [encoding.encode(text, allowed_special="all") for text in texts() + ["a<|endoftext|>b"]]

  invalid = [b"a\xffb", b"\xe2\x82", b"\xe2\x82a", b"\xf0\x9f\x98", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x28\xa1", b"ok\x80\x80"]
  damaged = [[list(data), data.decode("utf-8", errors="replace")] for data in invalid]
  content = {"texts": texts(), "cases": cases, "lines": LINES, "forms": forms, "ranked": ranked_cases, "invalid": damaged}
  (FOLDER / "tokenizers.json").write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")))


def byte_characters():
  """The character of each byte in byte-level vocabularies."""
  kept = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
  others = [b for b in range(256) if b not in kept]
  return [b if b in kept else 256 + others.index(b) for b in range(256)]


if __name__ == "__main__":
  main()
