import Tensors
import TestSupport
import Testing
import Tokenizers

@testable import Datasets

@Suite("Texts with classes")
struct LabeledTextTests {
  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "nothing was thrown"
    } catch { return "\(error)" }
  }

  @Test("are read from tables, JSON Lines and folders")
  func places() throws {
    let folder = try TemporaryFolder()
    try folder.write("id,said,kind\n1,\"yes, indeed\",good\n2,no, bad \n3,fine,good\n".utf8, as: "a.csv")
    let table = try LabeledTexts("\(folder.path)/a.csv", field: "said", target: "kind")
    #expect(table.texts == ["yes, indeed", "no", "fine"])
    #expect(table.classNames == ["bad", "good"] && table.labels == [1, 0, 1])

    try folder.write(
      Array(
        "{\"text\": \"a\", \"label\": 4}\n{\"label\": 1, \"text\": \"b\"}\n\n{\"text\": \"c\", \"label\": 4}"
          .utf8),
      as: "b.jsonl")
    let lines = try LabeledTexts("\(folder.path)/b.jsonl", target: "label")
    #expect(lines.texts == ["a", "b", "c"] && lines.classNames == ["1", "4"] && lines.labels == [1, 0, 1])

    try folder.write(Array("one".utf8), as: "c/no/x.txt")
    try folder.write(Array("two".utf8), as: "c/yes/deep/y.md")
    let classes = try LabeledTexts("\(folder.path)/c", target: "label")
    #expect(
      classes.texts == ["one", "two"] && classes.classNames == ["no", "yes"] && classes.labels == [0, 1])

    let matched = try table.matched(to: ["good", "fair", "bad"])
    #expect(matched.classNames == ["good", "fair", "bad"] && matched.labels == [0, 2, 0])
    #expect(
      message { _ = try table.matched(to: ["good", "fair"]) }.hasSuffix(
        "there is a class 'bad' in it, but the model tells only 'good', 'fair'"))
  }

  @Test("become tokens, lengths and labels")
  func examples() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array("text,label\nabc,x\nabcab,y\na,x\n".utf8), as: "a.csv")
    let texts = try LabeledTexts("\(folder.path)/a.csv", target: "label")
    let examples = try texts.examples(by: .characters(of: ["abc"]), length: 4)
    #expect(examples.count == 3 && examples.fields.map(\.name) == ["tokens", "lengths", "labels"])
    let values = try examples.values(ofRows: [0, 1, 2])
    #expect(values["tokens"] == TensorValues([Int32(0), 1, 2, 0, 0, 1, 2, 0, 0, 0, 0, 0], shape: [3, 4]))
    #expect(values["lengths"] == TensorValues([Int32(3), 4, 1], shape: [3]))
    #expect(values["labels"] == TensorValues([Int32(0), 1, 0], shape: [3]))
    #expect(
      message { _ = try TokenizedTexts(["a", ""], by: .characters(of: ["a"]), length: 4, path: "here") }
        == "here: text 2 is empty, so that nothing can be told from it")
  }

  @Test("are refused with the column, the line or the row")
  func refusals() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array("text,label\nabc,x\nabcab,\n".utf8), as: "a.csv")
    try folder.write(
      Array("{\"text\": \"a\", \"label\": 4}\n{\"text\": \"b\", \"label\": [1]}\n".utf8), as: "b.jsonl")
    try folder.write(Array("text".utf8), as: "c.txt")
    let cases = [
      ("a.csv", "text", "label", "row 2 has no class in its column 'label'"),
      ("a.csv", "body", "label", "there is no column 'body' in it; it has 'text', 'label'"),
      (
        "b.jsonl", "body", "label",
        "b.jsonl, line 1: there is no text in the field 'body'; name the field that has it"
      ),
      (
        "b.jsonl", "text", "label",
        "b.jsonl, line 2: there is no class in the field 'label': a text, a whole number, true or false"
      ),
      (
        "c.txt", "text", "label",
        "it is no table (.csv, .tsv), no JSON Lines (.jsonl) and no folder of classes"
      ),
    ]
    for (file, field, target, expected) in cases {
      let said = message { _ = try LabeledTexts("\(folder.path)/\(file)", field: field, target: target) }
      #expect(said.hasSuffix(expected), "\(said)")
    }
  }
}
