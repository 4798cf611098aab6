import Testing

@testable import Tokenizers

@Suite("Bad input of a tokenizer")
struct TokenizerErrorTests {
  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "nothing was thrown"
    } catch { return "\(error)" }
  }

  private func bpe(_ vocabulary: String, _ merges: String, more: String = "", around: String = "") -> String {
    #"{"model": {"type": "BPE", "vocab": {\#(vocabulary)}, "merges": [\#(merges)]\#(more)}\#(around)}"#
  }

  @Test("is refused in one sentence that says what is wrong")
  func files() {
    let cases: [(file: String, expected: String)] = [
      (
        bpe(#""a": 0, "b": 1"#, #"["a", "b"]"#),
        "the merge 1 of 'a' and 'b' makes 'ab', which is no token of the vocabulary"
      ),
      (
        bpe(#""a": 0, "ac": 1"#, #""a c""#),
        "the merge 1 of 'a' and 'c' needs 'c', which is not in the vocabulary"
      ),
      (bpe(#""a": 0, "aa": 1"#, #"["a", "a"], ["a", "a"]"#), "the merge 2 of 'a' and 'a' is there twice"),
      (bpe(#""a": 0"#, #"["a"]"#), "the merge 1 is a list, where two tokens are expected"),
      (
        bpe(#""a": 0, "b": 2"#, ""),
        "the vocabulary has a hole: no token has the id 1, though ids go up to 2"
      ),
      (
        bpe(#""a": 0, "b": 2000000000"#, ""),
        "the vocabulary has a hole: its ids go up to 2000000000, but it has only 2 tokens"
      ),
      (bpe(#""a": 0, "b": 0"#, ""), "the tokens 'a' and 'b' have the same id, 0"),
      (bpe(#""a": 0, "a": 1"#, ""), "the token 'a' is in the vocabulary twice, as 0 and as 1"),
      (bpe(#""a": -1"#, ""), "the token 'a' has the id -1, where a whole number from 0 is expected"),
      (bpe(#""a": 0.5"#, ""), "the token 'a' has the id 0.5, where a whole number from 0 is expected"),
      (
        bpe(#""a": 0"#, "", more: #", "unk_token": "<unk>""#),
        "the unknown token '<unk>' is not in the vocabulary: add it, or name another"
      ),
      (
        bpe(#""a": 0"#, "", more: #", "dropout": 0.1"#),
        "the model BPE has a dropout of 0.1, which makes other tokens each time: set it to null"
      ),
      (
        #"{"model": {"type": "WordPiece", "vocab": {"a": 0}}}"#,
        "the unknown token '[UNK]' is not in the vocabulary: add it, or name another"
      ),
      (
        #"{"model": {"type": "Unigram", "unk_id": 3, "vocab": [["a", -1]]}}"#,
        "the unknown token is number 3, but there are 1 tokens, from 0"
      ),
      (
        #"{"model": {"type": "Unigram", "vocab": [["a", -1], ["a", -2]]}}"#,
        "the token 'a' is in the vocabulary twice, as 0 and as 1"
      ),
      (
        #"{"model": {"type": "WordLevel", "vocab": {"a": 0}}}"#,
        "the model is of type WordLevel, which Lemnos does not have"
      ),
      (
        bpe(#""a": 0"#, "", around: #", "normalizer": {"type": "Nmt"}"#),
        "the normalizer is of type Nmt, which Lemnos does not have"
      ),
      (
        bpe(
          #""a": 0"#, "",
          around: #", "normalizer": {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}"#),
        "the normalizer Replace has the regular expression  {2,}, where Lemnos takes plain texts only"
      ),
      (
        bpe(
          #""a": 0"#, "",
          around: #", "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "x+"}, "behavior": "Isolated"}"#
        ),
        "the pre-tokenizer Split has the regular expression x+, of which Lemnos knows only those of GPT-2, cl100k_base, Llama 3 and Qwen 2"
      ),
      (
        bpe(
          #""a": 0"#, "",
          around:
            #", "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}, {"type": "Digits"}]}"#
        ),
        "the pre-tokenizer ByteLevel is followed by another one, where Lemnos takes it as the last one only"
      ),
      (
        bpe(#""a": 0"#, "", around: #", "pre_tokenizer": {"type": "Digits", "individual_digits": 1}"#),
        "the pre-tokenizer Digits has 1 for \"individual_digits\", where true or false is expected"
      ),
      (
        bpe(#""a": 0"#, "", around: #", "decoder": {"type": "CTC"}"#),
        "the decoder is of type CTC, which Lemnos does not have"
      ),
      (
        bpe(#""a": 0"#, "", around: #", "truncation": {"max_length": 3}"#),
        "the file asks for truncation, which Lemnos does not do: set \"truncation\" to null"
      ),
      (
        bpe(#""a": 0"#, "", around: #", "added_tokens": [{"id": 0, "content": "b"}]"#),
        "the added token 'b' has the id 0, which is 'a' in the vocabulary"
      ),
      (
        bpe(
          #""a": 0"#, "", around: #", "added_tokens": [{"id": 1, "content": "b"}, {"id": 1, "content": "c"}]"#
        ),
        "the added tokens 'b' and 'c' have the same id, 1"
      ),
      (
        bpe(
          #""a": 0"#, "",
          around: #", "post_processor": {"type": "BertProcessing", "cls": ["x", 7], "sep": ["a", 0]}"#),
        "the post-processor adds the token 7, which is not in the vocabulary"
      ),
      (#"{"version": "1.0"}"#, "the file is no tokenizer: it has no \"model\""),
      (#"{"model": "#, "the file is no valid JSON: at byte 10 of 10 it ends where a value is expected"),
      (
        #"{"a": "\ud800"}"#,
        "the file is no valid JSON: at byte 13 of 15 a text holds half of a surrogate pair"
      ),
      (
        String(repeating: "[", count: 1000),
        "the file is no valid JSON: at byte 201 of 1000 values are nested more than 200 deep"
      ),
    ]
    for (file, expected) in cases {
      #expect(message { _ = try Tokenizer(json: Array(file.utf8)) } == expected)
    }
  }

  @Test("is refused with its file where there is none")
  func missing() {
    let found = message { _ = try Tokenizer(contentsOf: "/no/tokenizer.json") }
    #expect(found == "/no/tokenizer.json: cannot be opened: No such file or directory")
  }

  @Test("takes added tokens for holes of the vocabulary")
  func filledHole() throws {
    let file = bpe(
      #""a": 0, "b": 2"#, "", around: #", "added_tokens": [{"id": 1, "content": "<x>", "special": true}]"#)
    let tokenizer = try Tokenizer(json: Array(file.utf8))
    #expect(try tokenizer.encode("a<x>b") == [0, 1, 2])
  }

  @Test("is refused where a file of ranks is damaged")
  func ranks() {
    let cases = [
      ("YQ== 0\nYg==\n", "line 2 is 'Yg==', where a token's bytes in base64 and its rank are expected"),
      ("YQ== 0\nY 1\n", "line 2 is 'Y 1', where a token's bytes in base64 and its rank are expected"),
      ("YQ== 0\nYg== 2\n", "no token has the rank 1, where 2 tokens have one each, from 0"),
      ("YQ== 0\nYg== 0\n", "two tokens have the rank 0, where 2 tokens have one each, from 0"),
      ("YQ== 0\nYQ== 1\n", "the token 'a' is in the vocabulary twice, as 0 and as 1"),
      ("\n", "the file has no ranks"),
    ]
    for (file, expected) in cases {
      #expect(
        message { _ = try Tokenizer(ranks: Array(file.utf8), pattern: .gpt2, specialTokens: [:]) } == expected
      )
    }
  }

  @Test("is refused where a text has no tokens")
  func texts() throws {
    let plain = try Tokenizer(json: Array(bpe(#""a": 0"#, "").utf8))
    #expect(
      message { _ = try plain.encode("ab") }
        == "the vocabulary has no token for 'b' (U+0062), and no unknown token: add one, or train on such texts"
    )
    let unigram = try Tokenizer(json: Array(#"{"model": {"type": "Unigram", "vocab": [["a", -1]]}}"#.utf8))
    #expect(
      message { _ = try unigram.encode("a😀") }
        == "the vocabulary has no token for '😀' (U+1F600), and no unknown token: add one, or train on such texts"
    )
    let bytes = try Tokenizer(
      json: Array(bpe(#""a": 0"#, "", around: #", "pre_tokenizer": {"type": "ByteLevel"}"#).utf8))
    #expect(
      message { _ = try bytes.encode("a") }
        == "the vocabulary has no token for the byte 32, and no unknown token: train it with all bytes")
    #expect(message { _ = try plain.decode([1]) } == "there is no token 1: ids go from 0 to 0")
  }

  @Test(
    "is refused, or replaced as Python does, where a text is no UTF-8",
    arguments: TokenizerFixtures.all.invalid)
  func invalid(bytes: [UInt8], replaced: String) throws {
    let tokenizer = try TokenizerFixtures.named("gpt2").tokenizer()
    #expect(message { _ = try tokenizer.encode(utf8: bytes) }.contains("begins no character; convert it"))
    let ids = try tokenizer.encode(utf8: bytes, replacesInvalid: true)
    #expect(try tokenizer.decode(ids) == replaced && ids == tokenizer.encode(replaced))
  }

  @Test("is refused where too few tokens are asked for")
  func training() {
    #expect(
      message { _ = try Tokenizer.trainedBPE(on: ["a"], vocabularySize: 100) }
        == "0 special tokens and 256 characters are more than the 100 tokens that were asked for: ask for more, or for fewer characters"
    )
    #expect(
      message { _ = try Tokenizer.characters(of: [""]) }
        == "the texts have no character, so that there are no tokens: give some text")
  }
}
