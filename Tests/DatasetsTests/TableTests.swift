import Tensors
import TestSupport
import Testing

@testable import Datasets

@Suite("A table")
struct TableTests {
  private func table(_ text: String, categorical: Set<String> = []) throws -> DataTable {
    try DataTable(bytes: Array(text.utf8), path: "t.csv", categorical: categorical)
  }

  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "nothing was thrown"
    } catch { return "\(error)" }
  }

  @Test(
    "is read whatever separates fields and ends lines", arguments: [",", ";", "\t", "|"],
    ["\n", "\r\n", "\r"])
  func shapes(separator: String, end: String) throws {
    let rows = [
      ["size", "town", "a \"quoted\" name"], ["1.5", "Oslo", "x\(separator)y"],
      ["-2e3", " Rome ", "two\nlines"],
      ["", "Oslo", ""],
    ]
    let text = rows.map { row in
      row.map { field in
        field.contains(where: { "\"\n".contains($0) }) || field.contains(separator)
          ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
      }.joined(separator: separator)
    }.joined(separator: end)
    // With a byte order mark, with and without a final line end, and with empty lines.
    for whole in [text, text + end, "\u{FEFF}" + text + end + end] {
      let table = try table(whole)
      #expect(table.columns.map(\.name) == ["size", "town", "a \"quoted\" name"] && table.rowCount == 3)
      guard case .numbers(let sizes) = table.columns[0].values else {
        Issue.record("\(table)")
        continue
      }
      #expect(sizes[0] == 1.5 && sizes[1] == -2000 && sizes[2].isNaN && table.columns[0].missing == 1)
      guard case .categories(let towns, let names) = table.columns[1].values else {
        Issue.record("\(table)")
        continue
      }
      #expect(names == ["Oslo", "Rome"] && towns == [0, 1, 0])
      guard case .categories(_, let texts) = table.columns[2].values else {
        Issue.record("\(table)")
        continue
      }
      #expect(texts == ["two\nlines", "x\(separator)y"])
    }
  }

  @Test("says what each column was taken for")
  func kinds() throws {
    let rows = (0..<120).map {
      "\($0),\(["red", "blue"][$0 % 2]),2024-01-\(10 + $0 % 20),name \($0),\($0 % 7 == 0 ? "NA" : "3")"
    }
    let table = try table("n,colour,day,who,level\n" + rows.joined(separator: "\n"))
    #expect(
      table.description == """
        t.csv: 120 rows
          n: numbers
          colour: 2 categories
          day: dates, such as 2024-01-10
          who: 120 different texts, such as 'name 0'
          level: numbers, 18 missing
        """)
  }

  @Test("that is none is refused with the line that is wrong")
  func refusals() throws {
    func refusal(_ text: String) -> String { message { _ = try table(text) } }
    #expect(refusal("a,b\n1,2\n3\n") == "t.csv: line 3 has 1 fields, where the first row names 2 columns")
    #expect(refusal("a,b\n1,\"2\n3,4\n") == "t.csv: the quote that opens in line 2 is never closed")
    #expect(
      refusal("a,b\n1,\"2\"x\n") == "t.csv: line 2 goes on after a quoted field: double the quotes inside it")
    #expect(refusal("a,a\n1,2\n") == "t.csv: two columns are called 'a'")
    #expect(refusal("a,\n1,2\n") == "t.csv: column 2 has no name in the first row")
    #expect(refusal("a,b\n") == "t.csv: there are names of columns, and no rows below them")
    #expect(
      message { _ = try DataTable(bytes: [0xFF, 0xFE, 0x61, 0], path: "t.csv") }
        == "t.csv: the text is UTF-16: save it as UTF-8")
    #expect(
      message { _ = try DataTable(bytes: Array("a\n".utf8) + [0xC3, 0x28, 0x0A], path: "t.csv") }
        == "t.csv: line 2 is no UTF-8 text: save the file as UTF-8")
  }

  @Test("becomes examples: numbers, categories and what is to be told")
  func source() throws {
    let table = try table("price,rooms,town,size\n100,2,Rome,30\n250,,Oslo,80.5\n170,4,,60\n")
    let source = try TableSource(table, target: ["price"])
    #expect(source.schema.numbers == ["rooms", "size"] && source.schema.classes.isEmpty)
    #expect(
      source.schema.categories.map(\.column) == ["town"]
        && source.schema.categories[0].values == ["Oslo", "Rome"])
    let values = try source.values(ofRows: [2, 1])
    let numbers = try #require(values["numbers"]).doubles
    #expect(numbers[0] == 4 && numbers[1] == 60 && numbers[2].isNaN && numbers[3] == 80.5)
    // The index after the last category stands for a missing value.
    #expect(values["categories"]?.doubles == [2, 0])
    #expect(values["target"]?.doubles == [170, 250] && values["target"]?.shape == [2, 1])
    let classes = try TableSource(
      self.table("price,rooms,town,size\n100,2,Rome,30\n250,,Oslo,80.5\n"), target: ["town"],
      leavingOut: ["price"])
    #expect(classes.schema.classes == ["Oslo", "Rome"] && classes.schema.numbers == ["rooms", "size"])
    #expect(try classes.values(ofRows: [0, 1])["labels"]?.doubles == [1, 0])
    #expect(try TableSource(table, target: ["price", "size"]).fields.last == DataField("target", [2]))
    #expect(source.fields == source.schema.fields() && classes.fields == classes.schema.fields())
  }

  @Test("is read as a model knows it: columns by name, in any order, unknown categories as missing ones")
  func schema() throws {
    let schema = try TableSource(
      table("zip,size,price,kind\n10,1,5,a\n20,2,6,b\n", categorical: ["zip", "kind"]), target: ["kind"],
      leavingOut: ["price"]
    ).schema
    #expect(schema.categories == [TableSchema.Category(column: "zip", values: ["10", "20"])])
    let other = try table("kind,zip,size\nb,30,4\n,10,NA\n")
    let source = try TableSource(other, schema, withTargets: false)
    let values = try source.values(ofRows: [0, 1])
    #expect(values.keys.sorted() == ["categories", "numbers"])
    #expect(values["categories"]?.doubles == [2, 0])
    #expect(values["numbers"]?.doubles[0] == 4 && values["numbers"]?.doubles[1].isNaN == true)
    #expect(
      message { _ = try TableSource(other, schema) }
        == "t.csv: the target 'kind' is missing in 1 rows, the first in line 3: fill it in, or take the rows out"
    )
    #expect(
      message { _ = try TableSource(try table("kind,zip,size\nc,30,4\n"), schema) }
        == "t.csv: the target 'kind' in line 2 is 'c', which is none of the 2 classes")
    #expect(
      message { _ = try TableSource(try table("zip,kind\n1,a\n"), schema) }
        == "t.csv: there is no column 'size', which the model goes by")
    #expect(
      message { _ = try TableSource(try table("size,zip,kind\nbig,1,a\n"), schema) }
        == "t.csv: the column 'size' holds 1 categories, where the model takes numbers")
    #expect(
      message { _ = try table("a\n1\n", categorical: ["b"]) }
        == "t.csv: there is no column 'b' to take for categories")
  }

  @Test("writes fields so that they are read again")
  func writing() throws {
    let fields = ["plain", "with,comma", "with \"quotes\"", "two\nlines", " blank", ""]
    let line = DelimitedText.line(fields, separator: UInt8(ascii: ","))
    let names = (0..<fields.count).map { "c\($0)" }.joined(separator: ",")
    #expect(try table("\(names)\n\(line)").rows == [fields])
  }

  @Test("that cannot be learned from is refused with the column")
  func unusable() throws {
    let table = try table("price,day,town\n100,2024-01-02,Rome\n,2024-02-02,Oslo\n")
    func refusal(_ target: [String], _ leftOut: [String] = []) -> String {
      message { _ = try TableSource(table, target: target, leavingOut: leftOut) }
    }
    #expect(refusal(["prices"], ["day"]) == "t.csv: there is no column 'prices'; did you mean 'price'?")
    #expect(
      refusal(["town"])
        == "t.csv: the column 'day' holds dates, such as 2024-01-02, which are neither numbers nor categories: make numbers of them, or leave it out"
    )
    #expect(
      refusal(["price"], ["day"])
        == "t.csv: the target 'price' is missing in 1 rows, the first in line 3: fill it in, or take the rows out"
    )
    #expect(refusal(["town"], ["day", "price"]) == "t.csv: no column is left to go by")
  }
}
