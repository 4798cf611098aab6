import FileWriting
import Tensors
import TestSupport
import Testing
import Tokenizers

@testable import Datasets

@Suite("Texts")
struct TextTests {
  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "nothing was thrown"
    } catch { return "\(error)" }
  }

  private func documents(_ path: String, field: String = "text") throws -> [String] {
    try TextDocuments(path, field: field).texts()
  }

  @Test("are read from a file, a folder and its folders, and JSON Lines, packed or not")
  func places() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array("second\n".utf8), as: "b.txt")
    try folder.write(Array("first é\n".utf8), as: "a.md")
    try folder.write(
      Fixtures.gzip(Array("{\"text\": \"third\", \"n\": 1}\n\n{\"text\": \"fo\\u00fcrth\\n\"}".utf8)),
      as: "c/d.jsonl.gz")
    try folder.write([1, 2, 3], as: "picture.png")
    try folder.write(Array("not this".utf8), as: ".hidden.txt")
    let texts = try TextDocuments(folder.path)
    #expect(try texts.texts() == ["first é\n", "second\n", "third", "foürth\n"])
    #expect(texts.notes == ["\(folder.path): 1 files that are no texts, by their names, are left out"])
    #expect(try documents("\(folder.path)/a.md") == ["first é\n"])
    // Lines longer than what is read at once.
    let long = String(repeating: "x", count: 3 << 20)
    try folder.write(Array("{\"body\": \"\(long)\"}\n{\"body\": \"y\"}\n".utf8), as: "long.jsonl")
    #expect(try documents("\(folder.path)/long.jsonl", field: "body") == [long, "y"])
  }

  @Test("that cannot be read are refused in one sentence")
  func refusals() throws {
    let folder = try TemporaryFolder()
    try folder.write([0x63, 0x61, 0x66, 0xE9, 0x0A], as: "latin.txt")
    try folder.write([], as: "empty.txt")
    try folder.write(Array("{\"text\": \"a\"}\n{\"body\": \"b\"}\n".utf8), as: "lines.jsonl")
    try folder.write(Array("{\"text\": \"a\"\n".utf8), as: "broken.jsonl")
    try folder.write([1], as: "none/x.bin")
    func refusal(_ name: String) -> String {
      message { _ = try documents("\(folder.path)/\(name)") }.replacing("\(folder.path)/", with: "")
    }
    #expect(
      refusal("latin.txt")
        == "latin.txt: it is no UTF-8: its byte 3, 0xe9, begins no character; convert it with iconv")
    #expect(refusal("empty.txt") == "empty.txt: there is no text in it")
    #expect(
      refusal("lines.jsonl")
        == "lines.jsonl, line 2: there is no text in the field 'text'; name the field that has it")
    #expect(refusal("broken.jsonl").hasPrefix("broken.jsonl, line 1: the file is no valid JSON"))
    #expect(
      refusal("none")
        == "none: there are no texts in this folder: files .txt, .md or .jsonl, also packed as .gz")
    #expect(refusal("nothing.txt") == "nothing.txt: there is no such file")
    let few = try Tokenizer.characters(of: ["a"])
    #expect(
      message {
        _ = try TokenSequence(of: TextDocuments("\(folder.path)/lines.jsonl", field: "text"), by: few)
      }
      .hasSuffix("there is no text in the field 'text'; name the field that has it"))
  }

  @Test("have a bundled one among them, in the public domain")
  func bundled() throws {
    let text = try #require(try TextDocuments.bundled.texts().first)
    #expect(
      text.hasPrefix("OPTICKS:\n") && text.utf8.count > 500_000
        && text.contains("By the Rays of Light I understand"))
    #expect(Dataset.bundledLicense.contains("Newton"))
  }
}

@Suite("Tokens of texts")
struct TokenSequenceTests {
  @Test("are the same in memory, in a file, and in a part", arguments: [300, 70_000])
  func places(largest: Int32) throws {
    let ids = (0..<1000).map { Int32($0) * 7919 % (largest + 1) }
    let tokens = TokenSequence(ids)
    #expect(tokens.array == ids && tokens.count == 1000 && tokens.largest == ids.max())
    #expect(tokens.part(10..<20).array == Array(ids[10..<20]))
    let (training, validation) = try tokens.split(validation: 0.25)
    #expect(training.array == Array(ids[..<750]) && validation.array == Array(ids[750...]))
    #expect(throws: DatasetError.self) { try tokens.split(validation: 1000) }
    #expect(TokenSequence([Int32]()).largest == -1)
  }

  @Test("are written document by document, as numpy reads them", arguments: [0, 70_000])
  func file(more: Int) throws {
    let folder = try TemporaryFolder()
    try folder.write(Array("{\"text\": \"ab\"}\n{\"text\": \"é\"}\n".utf8), as: "texts.jsonl")
    // More special tokens than 16 bits have numbers.
    let special = ["<end>"] + (0..<more).map { "<\($0)>" }
    let tokenizer = try Tokenizer.bytes(specialTokens: special)
    let documents = try TextDocuments("\(folder.path)/texts.jsonl")
    let path = "\(folder.path)/tokens.npy"
    let expected: [Int32] = [97, 98, 256, 0xC3, 0xA9, 256]
    #expect(try TokenFile.write(documents, by: tokenizer, endingWith: 256, to: path) == 6)
    let read = try TokenSequence(contentsOf: path)
    #expect(read.array == expected)
    #expect(try TokenSequence(of: documents, by: tokenizer, endingWith: 256).array == expected)
    let array = try ArrayFile(path)
    #expect(array.count == 6 && array.fields.map(\.dtype) == [.int32])
    // Nothing but the file is left.
    try folder.write([0xFF], as: "bad.txt")
    #expect(throws: DatasetError.self) {
      try TokenFile.write(TextDocuments("\(folder.path)/bad.txt"), by: tokenizer, to: path)
    }
    #expect(
      try TokenSequence(contentsOf: path).array == expected
        && folder.names() == ["bad.txt", "texts.jsonl", "tokens.npy"])
  }

  @Test("of another type are refused")
  func types() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/floats.npy"
    try folder.write(npy(type: "<f4", shape: [2], [UInt8](repeating: 0, count: 8)), as: "floats.npy")
    let error = #expect(throws: DatasetError.self) { try TokenSequence(contentsOf: path) }
    #expect(error?.message == "it holds <f4 [2], where tokens are uint16 or uint32 with one axis")
  }
}

@Suite("Windows of tokens")
struct TokenWindowsTests {
  private let tokens = TokenSequence((0..<100).map { Int32($0) })

  private func rows(_ windows: any DataSource, _ field: String, _ rows: [Int]) throws -> [[Int32]] {
    let values = try #require(try windows.values(ofRows: rows)[field])
    let all: [Int32] = values.elements()
    let length = windows.fields[0].shape[0]
    return rows.indices.map { Array(all[$0 * length..<($0 + 1) * length]) }
  }

  @Test("hold what is read and what follows, each token told once")
  func windows() throws {
    let windows = try TokenWindows(tokens, context: 8)
    // 12 windows of 8 tokens and the one after: 97 of 100 tokens are used.
    #expect(windows.count == 12 && windows.fields == [DataField("tokens", [9], dtype: .int32)])
    #expect(try rows(windows, "tokens", [11, 0]) == [Array(88...96), Array(0...8)])
    let dense = try TokenWindows(tokens, context: 8, stride: 1)
    #expect(dense.count == 92)
    #expect(try rows(dense, "tokens", [91, 1, 1]) == [Array(91...99), Array(1...9), Array(1...9)])
    #expect(try TokenWindows(tokens, context: 99).count == 1)
    #expect(dense.checksum != windows.checksum && windows.checksum != 0)
  }

  @Test("begin anywhere if they are drawn, by seed and number")
  func drawn() throws {
    let windows = try TokenWindows(tokens, context: 8).drawn(2000, seed: 1)
    #expect(windows.count == 2000)
    let starts = try rows(windows, "tokens", Array(0..<2000)).map { row in
      #expect(row == Array(row[0]...row[0] + 8))
      return row[0]
    }
    // Each of 92 places is expected 22 times, give or take 5.
    let counts = Dictionary(starts.map { ($0, 1) }, uniquingKeysWith: +)
    #expect(counts.count == 92 && counts.values.allSatisfy { (3...45).contains($0) })
    let again = try TokenWindows(tokens, context: 8).drawn(2000, seed: 1)
    let other = try TokenWindows(tokens, context: 8).drawn(2000, seed: 2)
    #expect(
      try rows(again, "tokens", [7]) == rows(windows, "tokens", [7]) && again.checksum == windows.checksum)
    #expect(try rows(other, "tokens", Array(0..<20)).map { $0[0] } != Array(starts[..<20]))
    #expect(other.checksum != windows.checksum)
    // In each epoch others, and the same again.
    let (first, second) = (windows.inEpoch(0), windows.inEpoch(1))
    #expect(windows.isDrawnAnew && second.count == 2000 && first.checksum == windows.checksum)
    #expect(try rows(first, "tokens", [7]) == rows(windows, "tokens", [7]))
    #expect(try rows(second, "tokens", Array(0..<20)) != rows(windows, "tokens", Array(0..<20)))
    #expect(
      try rows(second, "tokens", Array(0..<20)) == rows(again.inEpoch(1), "tokens", Array(0..<20)))
    let part = windows.prefix(50)
    #expect(part.isDrawnAnew)
    #expect(try rows(part.inEpoch(1), "tokens", [7]) == rows(second, "tokens", [7]))
    #expect(try !TokenWindows(tokens, context: 8).isDrawnAnew)
  }

  @Test("number their documents")
  func documents() throws {
    let tokens = TokenSequence([5, 9, 6, 7, 9, 9, 8])
    let windows = try TokenWindows(tokens, context: 3, stride: 2, documentEnd: 9)
    #expect(try rows(windows, "documents", [0, 1]) == [[0, 0, 1, 1], [0, 0, 0, 1]])
    #expect(try rows(windows, "tokens", [0, 1]) == [[5, 9, 6, 7], [6, 7, 9, 9]])
  }

  @Test("are refused of too few tokens, and of another vocabulary")
  func refusals() {
    func message(_ body: () throws -> TokenWindows) -> String {
      do {
        _ = try body()
        return "nothing was thrown"
      } catch { return "\(error)" }
    }
    #expect(
      message { try TokenWindows(tokens, context: 100) }
        == "there are 100 tokens, too few for a context of 100 and the token after it: give more text, or a smaller context"
    )
    #expect(
      message { try TokenWindows(tokens, context: 0) }
        == "a context of 0 tokens and a stride of 0 were asked for: both have to be at least 1")
    #expect(
      message { try TokenWindows(tokens, context: 8, vocabularySize: 99) }
        == "there is a token 99, where the vocabulary has 99, from 0: these are another tokenizer's")
  }
}
