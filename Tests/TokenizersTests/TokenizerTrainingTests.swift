import Testing

@testable import Tokenizers

@Suite("Training of a tokenizer")
struct TokenizerTrainingTests {
  private let lines = TokenizerFixtures.all.lines

  @Test(
    "merges the pairs that Hugging Face's package merges",
    arguments: ["gpt2", "roberta", "llama3", "qwen2", "cl100k"])
  func merges(of name: String) throws {
    let tokenizer = try TokenizerFixtures.named(name).tokenizer()
    guard case .bpe(let model) = tokenizer.model else {
      Issue.record("\(name) is no byte pair encoding")
      return
    }
    var training = BPETraining()
    training.vocabularySize = model.vocabulary.count
    training.initialAlphabet = ByteAlphabet.scalars
    training.specialTokens = tokenizer.addedTokens.map(\.content).filter {
      model.vocabulary.id(of: $0) != nil
    }.map { Array($0.utf8) }
    let trained = try training.train(on: tokenizer.words(of: lines))
    #expect(trained.tokens == model.vocabulary.tokens.map(\.bytes))
    let merges = model.merges.map { [Array(model.vocabulary[$0.left]), Array(model.vocabulary[$0.right])] }
    #expect(trained.merges.map { [$0.left, $0.right] } == merges)
  }

  @Test("makes tokens from which every text comes back, and writes them")
  func trainedBPE() throws {
    let tokenizer = try Tokenizer.trainedBPE(on: lines, vocabularySize: 400, specialTokens: ["<|endoftext|>"])
    #expect(tokenizer.vocabularySize == 400 && tokenizer.id(of: "<|endoftext|>") == 399)
    let again = try Tokenizer(json: tokenizer.json)
    let byRanks = try Tokenizer(
      ranks: tokenizer.ranks(), pattern: .gpt2, specialTokens: ["<|endoftext|>": 399])
    for text in TokenizerFixtures.all.texts + ["a<|endoftext|>b"] {
      let ids = try tokenizer.encode(text)
      #expect(try Array(tokenizer.decode(ids, skipsSpecialTokens: false).utf8) == Array(text.utf8))
      #expect(try again.encode(text) == ids && byRanks.encode(text) == ids)
      #expect(ids.count <= text.utf8.count)
    }
    // A token takes the place of several bytes.
    #expect(try tokenizer.encode(lines[0]).count < lines[0].utf8.count * 9 / 10)
  }

  @Test("has bytes for tokens, each with its own number")
  func bytes() throws {
    let tokenizer = try Tokenizer.bytes(specialTokens: ["<end>"])
    #expect(try tokenizer.encode("aé 😀<end>") == [97, 0xC3, 0xA9, 32, 0xF0, 0x9F, 0x98, 0x80, 256])
    let all = TokenizerFixtures.all.texts.joined()
    #expect(
      try tokenizer.encode(all) == all.utf8.map { Int32($0) }
        && tokenizer.decode(all.utf8.map { Int32($0) }) == all)
    // Half a character is none.
    #expect(try tokenizer.decode([0xF0, 0x9F, 97]) == "\u{FFFD}a")
  }

  @Test("has characters for tokens, in their order")
  func characters() throws {
    let tokenizer = try Tokenizer.characters(of: ["banana", "né\n"], specialTokens: ["<end>"])
    #expect(tokenizer.vocabularySize == 6)
    #expect(try tokenizer.encode("nab é<end>".replacing(" ", with: "\n")) == [3, 1, 2, 0, 4, 5])
    #expect(try tokenizer.decode([3, 1, 2, 0, 4, 5]) == "nab\né")
    // The same letter in two characters is another text.
    let error = #expect(throws: TokenizerError.self) { try tokenizer.encode("ne\u{301}") }
    #expect(error?.message.hasPrefix("the vocabulary has no token for 'e' (U+0065)") == true)
    let again = try Tokenizer(json: tokenizer.json)
    #expect(try again.encode("banané") == tokenizer.encode("banané"))
  }

  @Test("makes WordPiece of words with their beginnings told apart")
  func trainedWordPiece() throws {
    let tokenizer = try Tokenizer.trainedWordPiece(on: lines, vocabularySize: 900)
    #expect(
      try tokenizer.decode(tokenizer.encode("The children walked; the river WAS low."))
        == "the children walked ; the river was low.")
    #expect(
      tokenizer.id(of: "the") != nil && tokenizer.id(of: "##e") != nil && tokenizer.id(of: "[UNK]") == 0)
    // A character that did not occur makes its word unknown.
    #expect(try tokenizer.encode("low ⻰ river").contains(0))
    #expect(try Tokenizer.trainedWordPiece(on: lines, vocabularySize: 900).json == tokenizer.json)
  }
}
