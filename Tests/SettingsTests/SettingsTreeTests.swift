import Settings
import Testing

@Suite("A tree of settings")
struct SettingsTreeTests {
  private struct Values: Codable, Equatable {
    var seed: UInt64
    var offset: Int64
    var rate: Double
    var size: Int
  }

  @Test("keeps every number to its last digit, through YAML and back")
  func numbers() throws {
    let values = [
      Values(seed: .max, offset: .min, rate: 0.1, size: 50),
      Values(seed: 1 << 53 + 1, offset: 1 << 53 + 1, rate: .leastNonzeroMagnitude, size: -1),
      Values(seed: 0, offset: .max, rate: .greatestFiniteMagnitude, size: .max),
      Values(seed: 1 << 63, offset: 0, rate: 3, size: 0),
    ]
    for value in values {
      let tree = try SettingsTree(yaml: SettingsTree(of: value).yaml)
      #expect(try tree.decoded(as: Values.self) == value)
    }
  }

  @Test("reads what people write for numbers, and takes words for words")
  func scalars() throws {
    let text = "a: 18446744073709551615\nb: +5\nc: 1e-3\nd: 1.\ne: .5\nf: -0x10\ng: 12 monkeys\nh: '7'\n"
    #expect(
      try SettingsTree(yaml: text).members == [
        "a": .number(.great(.max)), "b": .number(.whole(5)), "c": .number(.real(1e-3)),
        "d": .number(.whole(1)), "e": .number(.real(0.5)), "f": .number(.whole(-16)),
        "g": .text("12 monkeys"), "h": .text("7"),
      ])
  }

  @Test("writes texts that would mean something else in quotation marks")
  func texts() throws {
    let texts = [
      "", "null", "true", "12", "a: b", "- x", "two\nlines", "# no", "naïve", "~", "'", "\"", "\\",
      // Characters that need escaping in YAML, or that it treats as line ends.
      "\u{0}", "a\u{7F}", "\u{85}", "a\u{2028}b", "\u{FEFF}", "é\u{FFFF}", "\u{1F600}\u{10FFFF}", "\r\n",
      "\t",
    ]
    for text in texts {
      let tree = SettingsTree.settings([
        "name": .text(text), "list": .list([.text(text), .null]),
        text: .settings(["a": .settings([text: .flag(true)])]),
      ])
      #expect(try SettingsTree(yaml: tree.yaml) == tree, "\(text)")
    }
  }
}
