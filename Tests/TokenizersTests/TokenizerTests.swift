import Testing

@testable import Tokenizers

@Suite("A tokenizer")
struct TokenizerTests {
  /// Objects with their members in the order of their names, and with numbers as they are.
  private func sorted(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let values): .array(values.map(sorted))
    case .object(let members):
      .object(
        members.map { .init(name: $0.name, value: sorted($0.value)) }.sorted {
          $0.name.lexicographicallyPrecedes($1.name)
        })
    default: value
    }
  }

  @Test("gives the tokens of Hugging Face's package", arguments: TokenizerFixtures.all.cases)
  func encode(of fixture: TokenizerFixtures.Case) throws {
    let tokenizer = try fixture.tokenizer()
    // The second time words are known.
    for _ in 0..<2 {
      for (text, ids) in zip(TokenizerFixtures.all.texts, fixture.ids) {
        let found = try tokenizer.encode(text)
        let apart =
          zip(found, ids).enumerated().first { $0.element.0 != $0.element.1 }?.offset
          ?? min(found.count, ids.count)
        #expect(
          found == ids,
          """
          \(text.debugDescription), from token \(apart): \(found.dropFirst(max(0, apart - 2)).prefix(6).map { tokenizer.token($0) ?? "none" }), \
          where \(ids.dropFirst(max(0, apart - 2)).prefix(6).map { tokenizer.token($0) ?? "none" }) are expected
          """)
      }
    }
    #expect(try tokenizer.encode(TokenizerFixtures.all.lines[0], addsSpecialTokens: false) == fixture.bare)
  }

  @Test("gives the texts of Hugging Face's package", arguments: TokenizerFixtures.all.cases)
  func decode(of fixture: TokenizerFixtures.Case) throws {
    let tokenizer = try fixture.tokenizer()
    for (index, decoded) in fixture.decoded.enumerated() {
      let found = try tokenizer.decode(fixture.ids[index])
      #expect(Array(found.utf8) == Array((decoded ?? TokenizerFixtures.all.texts[index]).utf8))
    }
  }

  @Test("is written as Hugging Face's package writes it", arguments: TokenizerFixtures.all.cases)
  func write(of fixture: TokenizerFixtures.Case) throws {
    let written = try JSONReader.read(fixture.tokenizer().json)
    #expect(sorted(written) == sorted(fixture.file))
  }

  @Test("normalizes as Hugging Face's package", arguments: NormalizationForm.allCases)
  func normalize(to form: NormalizationForm) throws {
    let expected = try #require(TokenizerFixtures.all.forms[form.rawValue])
    for (line, expected) in zip(TokenizerFixtures.all.lines, expected) {
      let found = Normalizer.form(form).apply(to: Array(line.utf8))
      #expect(found == Array(expected.utf8), "\(line)")
    }
  }
}

@Suite("Ranks of tiktoken")
struct RankTests {
  private static let path = "\(TokenizerFixtures.folder)/ranks.tiktoken"

  @Test("give the tokens of tiktoken", arguments: Tokenizer.WordPattern.allCases)
  func encode(by pattern: Tokenizer.WordPattern) throws {
    let tokenizer = try Tokenizer(ranksOf: Self.path, pattern: pattern, specialTokens: ["<|endoftext|>": 600])
    let expected = try #require(TokenizerFixtures.all.ranked[pattern.rawValue])
    for (text, ids) in zip(TokenizerFixtures.all.texts + ["a<|endoftext|>b"], expected) {
      #expect(try tokenizer.encode(text) == ids, "\(text.debugDescription)")
    }
    // As tokenizer.json, too.
    let again = try Tokenizer(json: tokenizer.json)
    for text in TokenizerFixtures.all.texts { #expect(try again.encode(text) == tokenizer.encode(text)) }
  }

  @Test("are written as they were read")
  func write() throws {
    let tokenizer = try Tokenizer(ranksOf: Self.path, pattern: .gpt2, specialTokens: ["<|endoftext|>": 600])
    #expect(try tokenizer.ranks() == Tokenizer.read(Self.path))
    #expect(throws: TokenizerError.self) { try TokenizerFixtures.named("bert").tokenizer().ranks() }
  }
}
