import Wording

/// A parser of delimited text: comma-separated values and variants, as by RFC 4180 and spreadsheets.
///
/// The separator is the most frequent of comma, semicolon, tab and bar in the first row. Fields may be
/// quoted, with doubled quotes inside, and then contain separators and line ends. Lines end with LF, CR LF or
/// CR. A UTF-8 byte order mark is skipped.
package struct DelimitedText {
  /// The fields of each row, and its line number in the file, from 1.
  private(set) var rows: [(line: Int, fields: [String])] = []
  let separator: UInt8

  /// - Throws: `DatasetError` (`.unusable`) for invalid text: not UTF-8, or with an unterminated quote.
  init(_ bytes: [UInt8], path: String) throws(DatasetError) {
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw DatasetError(.unusable, path: path, "the text is UTF-16: save it as UTF-8")
    }
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
    separator = DelimitedText.separator(of: text)
    var parser = Parser(text, separator, path)
    while let row = try parser.next() { rows.append(row) }
  }

  /// Formats fields as a row with its line end, quoted where necessary.
  package static func line(_ fields: [String], separator: UInt8) -> String {
    let special: Set<Character> = ["\"", "\n", "\r", "\r\n", Character(Unicode.Scalar(separator))]
    return fields.map { field in
      let isPlain = !field.contains(where: special.contains) && !(fields.count == 1 && field.isEmpty)
      return isPlain ? field : "\"\(field.replacing("\"", with: "\"\""))\""
    }.joined(separator: String(Character(Unicode.Scalar(separator)))) + "\n"
  }

  /// The most frequent separator in the first line, outside quotes; a comma if there is none.
  private static func separator(of text: ArraySlice<UInt8>) -> UInt8 {
    var counts: [UInt8: Int] = [:]
    var isQuoted = false
    for byte in text {
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      if !isQuoted, byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { break }
      if !isQuoted { counts[byte, default: 0] += 1 }
    }
    let known = [",", ";", "\t", "|"].map { UInt8(ascii: $0) }
    return known.max { counts[$0, default: 0] < counts[$1, default: 0] } ?? known[0]
  }

  private struct Parser {
    private let text: ArraySlice<UInt8>
    private let separator: UInt8
    private let path: String
    private var place: Int
    private var line = 1

    private static let (quote, cr, lf) = (UInt8(ascii: "\""), UInt8(ascii: "\r"), UInt8(ascii: "\n"))

    init(_ text: ArraySlice<UInt8>, _ separator: UInt8, _ path: String) {
      (self.text, self.separator, self.path, place) = (text, separator, path, text.startIndex)
    }

    /// The next non-empty row; nil at the end.
    mutating func next() throws(DatasetError) -> (line: Int, fields: [String])? {
      while place < text.endIndex {
        let first = line
        var fields: [String] = []
        repeat { fields.append(try field()) } while takes(separator)
        endLine()
        if fields != [""] { return (first, fields) }
      }
      return nil
    }

    private mutating func takes(_ byte: UInt8) -> Bool {
      guard place < text.endIndex, text[place] == byte else { return false }
      place += 1
      return true
    }

    private mutating func endLine() {
      guard place < text.endIndex else { return }
      if takes(Self.cr) { _ = takes(Self.lf) } else { _ = takes(Self.lf) }
      line += 1
    }

    private mutating func field() throws(DatasetError) -> String {
      var start = place
      guard takes(Self.quote) else {
        while place < text.endIndex, text[place] != separator, text[place] != Self.lf, text[place] != Self.cr
        {
          place += 1
        }
        return try string(text[start..<place])
      }
      let first = line
      var bytes: [UInt8] = []
      start = place
      while place < text.endIndex {
        let byte = text[place]
        if byte == Self.lf { line += 1 }
        guard byte == Self.quote else {
          place += 1
          continue
        }
        bytes += text[start..<place]
        place += 1
        guard takes(Self.quote) else {
          guard place == text.endIndex || [separator, Self.lf, Self.cr].contains(text[place]) else {
            throw DatasetError(
              .unusable, path: path,
              "line \(line.grouped) goes on after a quoted field: double the quotes inside it")
          }
          return try string(bytes[...])
        }
        bytes.append(Self.quote)
        start = place
      }
      throw DatasetError(
        .unusable, path: path, "the quote that opens in line \(first.grouped) is never closed")
    }

    private func string(_ bytes: ArraySlice<UInt8>) throws(DatasetError) -> String {
      guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
        throw DatasetError(
          .unusable, path: path, "line \(line.grouped) is no UTF-8 text: save the file as UTF-8")
      }
      return text
    }
  }
}
