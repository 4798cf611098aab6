import Wording

/// Reads the regular files of a tar archive in sequence (POSIX.1-1988 "ustar", with GNU extensions).
///
/// Nothing is written to disk, so an entry's path is only a name to compare.
struct TarArchive {
  /// A regular file in the archive; its content is next in the stream.
  struct Entry {
    let name: String
    let size: Int

    /// The name without the folders.
    var lastComponent: Substring { name.split(separator: "/").last ?? "" }
  }

  let stream: ByteStream
  /// The maximum size of the decompressed archive.
  private let limit: Int
  /// The unread bytes of the current entry, and the padding of its last block.
  private var unread = 0
  private var padding = 0

  private static let blockSize = 512

  /// - Parameters:
  ///   - stream: the archive, from its beginning.
  ///   - limit: a longer one is refused: a small gzip file could expand to hours of work.
  init(_ stream: ByteStream, atMost limit: Int) {
    self.stream = stream
    self.limit = limit
  }

  /// Advances to the next regular file; nil at the archive's end, whose marker is required.
  ///
  /// Folders, links, devices and extended headers are skipped.
  ///
  /// - Throws: `DatasetError` (`.unusable`) if a header is damaged or the archive is truncated.
  mutating func next() throws(DatasetError) -> Entry? {
    while true {
      try stream.skip(unread + padding, of: "the rest of an archived file")
      (unread, padding) = (0, 0)
      let block = try stream.read(exactly: Self.blockSize, of: "a header of the tar archive")
      if block.allSatisfy({ $0 == 0 }) {
        try expectEnd()
        return nil
      }
      let header = TarHeader(block)
      guard header.checksumIsRight, let size = header.size else {
        throw DatasetError(
          .unusable, path: stream.path,
          """
          no valid tar header at byte \((stream.position - Self.blockSize).grouped): this is no tar archive, or \
          it is damaged
          """)
      }
      guard stream.position + size <= limit else {
        throw DatasetError(
          .unusable, path: stream.path,
          "the archive unpacks to more than \(limit.grouped) bytes, which is more than it should hold")
      }
      guard header.hasContent else { continue }
      unread = size
      padding = (Self.blockSize - size % Self.blockSize) % Self.blockSize
      if header.isRegularFile { return Entry(name: header.name, size: size) }
    }
  }

  /// The content of the entry last returned by `next()`.
  mutating func read(_ entry: Entry) throws(DatasetError) -> [UInt8] {
    let bytes = try stream.read(exactly: entry.size, of: entry.name)
    unread = 0
    return bytes
  }

  /// The end marker is two blocks of zeros, of which one was read; more zeros may pad the last record.
  private func expectEnd() throws(DatasetError) {
    var zeros = try stream.read(exactly: Self.blockSize, of: "the second of the tar archive's two end blocks")
    var total = 0
    while !zeros.isEmpty {
      total += zeros.count
      // GNU tar pads to 10 KiB, other writers to their own record size: 1 MiB is ample.
      guard zeros.allSatisfy({ $0 == 0 }), total <= 1 << 20 else {
        throw DatasetError(.unusable, path: stream.path, "more bytes follow after the end of the tar archive")
      }
      zeros = try stream.read(upTo: 1 << 14)
    }
  }
}

/// The 512-byte header of each file in a tar archive.
private struct TarHeader {
  private let block: [UInt8]

  init(_ block: [UInt8]) { self.block = block }

  /// "prefix/name" for a POSIX header, else the name alone.
  var name: String {
    let name = text(in: 0..<100)
    let isPOSIX = block[257..<263].elementsEqual("ustar\0".utf8)
    let prefix = isPOSIX ? text(in: 345..<500) : ""
    return prefix.isEmpty ? name : prefix + "/" + name
  }

  /// Nil if it is not octal (such as GNU tar's sizes above 8 GiB).
  var size: Int? { octal(in: 124..<136) }

  private var kind: Character { Character(Unicode.Scalar(block[156])) }
  var isRegularFile: Bool { kind == "0" || kind == "\0" || kind == "7" }
  /// Links, devices, folders and pipes have a header only, whatever their size field.
  var hasContent: Bool { !("1"..."6").contains(kind) }

  /// Checks the sum of the header's bytes, with the checksum field taken as blanks.
  var checksumIsRight: Bool {
    let field = 148..<156
    var sum = field.count * 0x20
    for byte in block { sum += Int(byte) }
    for byte in block[field] { sum -= Int(byte) }
    return octal(in: field) == sum
  }

  private func text(in range: Range<Int>) -> String {
    String(decoding: block[range].prefix { $0 != 0 }, as: UTF8.self)
  }

  /// Octal digits after optional blanks, terminated by a blank, a zero byte or the field's end.
  private func octal(in range: Range<Int>) -> Int? {
    let digits = block[range].drop { $0 == 0x20 }.prefix { $0 != 0x20 && $0 != 0 }
    guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x37).contains($0) }) else { return nil }
    return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
  }
}
