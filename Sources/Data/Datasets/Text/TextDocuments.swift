import CBundledData
import Tokenizers
import Wording

/// Texts to learn a language from: a file, the files of a folder, or the lines of JSON Lines.
///
/// | path | documents |
/// |---|---|
/// | `book.txt`, or any other file | the whole file |
/// | `pages.jsonl` | of each line, which is an object of JSON, the text of one field |
/// | a folder | those of its files `.txt`, `.text`, `.md` and `.jsonl`, and of the folders in it, in the order of their paths |
///
/// Texts are UTF-8. Files may be packed with gzip, as `book.txt.gz`. A document has to fit into memory, all of them need not.
public struct TextDocuments: Sendable {
  /// Where they are, for messages.
  public let path: String

  /// Sentences for the user.
  public let notes: [String]

  private let field: String
  private let source: Source

  private enum Source {
    case files([FilePath])
    case memory(@Sendable () throws(DatasetError) -> ByteStream)
  }

  private static let textExtensions: Set = ["txt", "text", "md"]
  private static let lineExtensions: Set = ["jsonl", "ndjson"]

  /// - Parameter field: the member of JSON objects that holds the text.
  /// - Throws: `DatasetError`: `.missing` if there is nothing at this path, `.unusable` for a folder without texts.
  public init(_ path: String, field: String = "text") throws(DatasetError) {
    (self.path, self.field) = (path, field)
    guard Folder.kind(of: path) == .folder else {
      // Opened now, so that a wrong path is known before anything else is done.
      _ = try OpenFile(reading: path)
      (source, notes) = (.files([FilePath(path)]), [])
      return
    }
    var (files, others): ([FilePath], Int) = ([], 0)
    try TextDocuments.collect(Directory(path), depth: 0, &files, &others)
    guard !files.isEmpty else {
      throw DatasetError(
        .unusable, path: path,
        "there are no texts in this folder: files .txt, .md or .jsonl, also packed as .gz")
    }
    source = .files(files)
    notes =
      others == 0 ? [] : ["\(path): \(others.grouped) files that are no texts, by their names, are left out"]
  }

  private init(path: String, _ content: @escaping @Sendable () throws(DatasetError) -> ByteStream) {
    (self.path, notes, field, source) = (path, [], "", .memory(content))
  }

  /// The text that is part of every program: Isaac Newton's Opticks, fourth edition of 1730, in 563 kB of English.
  public static let bundled = TextDocuments(path: bundledName) { () throws(DatasetError) in
    let file = bundledText()
    return try ByteStream(Array(UnsafeBufferPointer(start: file.start, count: file.count)), path: bundledName)
  }

  /// The name of the bundled text, also on the command line.
  public static let bundledName = "opticks"

  /// True if a path is that of a text by its name, and of nothing else that is learned from.
  package static func isNamed(_ path: String) -> Bool {
    path == bundledName || isText(FilePath(path)) || isLines(FilePath(path))
  }

  private static func isText(_ path: FilePath) -> Bool { textExtensions.contains(plainExtension(path)) }
  private static func isLines(_ path: FilePath) -> Bool { lineExtensions.contains(plainExtension(path)) }

  /// The extension of what a file is when it is unpacked.
  private static func plainExtension(_ path: FilePath) -> String {
    let last = path.fileExtension
    return last == "gz" ? FilePath(bytes: path.bytes.dropLast(3)).fileExtension : last
  }

  private static func collect(
    _ folder: Directory, depth: Int, _ files: inout [FilePath], _ others: inout Int
  ) throws(DatasetError) {
    guard depth < 32 else {
      throw DatasetError(
        .unusable, path: "\(folder.path)", "folders are more than 32 deep: perhaps a link leads back")
    }
    for entry in try folder.entries() where !entry.name.isHidden {
      switch entry.kind {
      case .folder: try collect(folder.folder(entry.name), depth: depth + 1, &files, &others)
      case .file where isText(entry.name) || isLines(entry.name):
        files.append(folder.path.appending(entry.name))
      case .file, .other: others += 1
      }
    }
  }

  /// Calls `body` with each document, in UTF-8, and with what errors call it.
  ///
  /// - Throws: `DatasetError` (`.unusable`) for what is no UTF-8, for a line that is no JSON or has no such field, and if there
  ///   is no text at all.
  public func forEach(
    _ body: (_ document: [UInt8], _ name: String) throws(DatasetError) -> Void
  ) throws(DatasetError) {
    var isEmpty = true
    func pass(_ document: [UInt8], _ name: String) throws(DatasetError) {
      if let invalid = UTF8Text.firstInvalid(document) {
        throw DatasetError(
          .unusable, path: name,
          "it is no UTF-8: its byte \(invalid.grouped), 0x\(String(document[invalid], radix: 16)), begins no character; convert it with iconv"
        )
      }
      if !document.isEmpty { isEmpty = false }
      try body(document, name)
    }
    switch source {
    case .memory(let content): try pass(try content().rest(), path)
    case .files(let files):
      for file in files {
        guard let stream = try TextDocuments.stream(of: file) else { continue }
        if TextDocuments.isLines(file) {
          try forEachLine(of: stream, pass)
        } else {
          try pass(try stream.rest(), "\(file)")
        }
      }
    }
    guard !isEmpty else { throw DatasetError(.unusable, path: path, "there is no text in it") }
  }

  /// Nil for a file without a byte.
  private static func stream(of file: FilePath) throws(DatasetError) -> ByteStream? {
    try OpenFile(reading: file).size() == 0 ? nil : ByteStream(path: file)
  }

  /// Calls `body` with the object of each line of JSON Lines, and with what errors call it.
  static func forEachObject(
    of path: String, _ body: (JSONValue, String) throws(DatasetError) -> Void
  ) throws(DatasetError) {
    let file = FilePath(path)
    guard isLines(file) else {
      throw DatasetError(
        .unusable, path: path, "it is no table (.csv, .tsv), no JSON Lines (.jsonl) and no folder of classes")
    }
    if let stream = try stream(of: file) { try forEachObject(of: stream, body) }
  }

  private func forEachLine(
    of stream: ByteStream, _ body: ([UInt8], String) throws(DatasetError) -> Void
  ) throws(DatasetError) {
    try Self.forEachObject(of: stream) { value, name throws(DatasetError) in
      guard let text = value[field]?.bytes else {
        throw DatasetError(
          .unusable, path: name, "there is no text in the field '\(field)'; name the field that has it")
      }
      try body(text, name)
    }
  }

  private static func forEachObject(
    of stream: ByteStream, _ body: (JSONValue, String) throws(DatasetError) -> Void
  ) throws(DatasetError) {
    var (rest, number): ([UInt8], Int) = ([], 0)
    func pass(_ line: ArraySlice<UInt8>) throws(DatasetError) {
      number += 1
      guard line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) else { return }
      let name = "\(stream.path), line \(number)"
      let value: JSONValue
      do throws(TokenizerError) {
        value = try JSONReader.read(Array(line))
      } catch {
        throw DatasetError(.unusable, path: name, error.message)
      }
      try body(value, name)
    }
    while true {
      let piece = try stream.read(upTo: 1 << 20)
      var start = 0
      while let end = piece[start...].firstIndex(of: 0x0A) {
        rest += piece[start..<end]
        try pass(rest[...])
        rest.removeAll(keepingCapacity: true)
        start = end + 1
      }
      rest += piece[start...]
      guard !piece.isEmpty else { break }
    }
    if !rest.isEmpty { try pass(rest[...]) }
  }

  /// All documents as texts, for training a tokenizer.
  public func texts() throws(DatasetError) -> [String] {
    var texts: [String] = []
    try forEach { document, _ throws(DatasetError) in texts.append(String(decoding: document, as: UTF8.self))
    }
    return texts
  }
}

extension ByteStream {
  /// All bytes that are left.
  fileprivate func rest() throws(DatasetError) -> [UInt8] {
    var bytes: [UInt8] = []
    if !isCompressed { bytes.reserveCapacity(atMost - position) }
    while true {
      let piece = try read(upTo: 1 << 20)
      guard !piece.isEmpty else { return bytes }
      bytes += piece
    }
  }
}
