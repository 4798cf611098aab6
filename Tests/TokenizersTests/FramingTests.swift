import Testing

@testable import Tokenizers

@Suite("What a tokenizer puts around texts")
struct FramingTests {
  private func trained() throws -> Tokenizer {
    try .trainedWordPiece(
      on: ["the film was good", "the play was bad"], vocabularySize: 60, leastFrequency: 1)
  }

  @Test("is a token before and one after, written and read again")
  func framing() throws {
    let plain = try trained()
    let framed = try plain.framing(with: "[CLS]", "[SEP]")
    let ids = try plain.encode("the good film")
    let (first, last) = (try #require(plain.id(of: "[CLS]")), try #require(plain.id(of: "[SEP]")))
    #expect(try framed.encode("the good film") == [first] + ids + [last])
    #expect(try framed.encode("the good film", addsSpecialTokens: false) == ids)
    #expect(try Tokenizer(json: framed.json).encode("the good film") == [first] + ids + [last])
    #expect(throws: TokenizerError.self) { try plain.framing(with: "[CLS]", "[END]") }
  }

  @Test("stays where a text is cut")
  func cutting() throws {
    let plain = try trained()
    let framed = try plain.framing(with: "[CLS]", "[SEP]")
    let (whole, all) = (try framed.encode("the good film was"), try plain.encode("the good film was"))
    #expect(try framed.encode("the good film was", upTo: 100) == whole)
    for count in 2..<whole.count {
      let cut = try framed.encode("the good film was", upTo: count)
      #expect(cut == whole.prefix(count - 1) + [whole[whole.count - 1]])
      #expect(try plain.encode("the good film was", upTo: count) == Array(all.prefix(count)))
    }
    // Less than what goes around it.
    #expect(try framed.encode("the good film was", upTo: 1).count == 1)
    #expect(try plain.encode("", upTo: 4) == [] && framed.encode("", upTo: 4).count == 2)
  }
}
