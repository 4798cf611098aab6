import CZlib
import Files
import Glibc
import Tensors
import Wording

/// Random access to the files of a zip archive, stored or deflated; safe for concurrent reads.
///
/// Nothing is written to disk, so an entry's name is only a name to compare. The memory of an entry is
/// bounded by the maximum expansion of its compressed bytes.
///
/// - SeeAlso: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", 4.3 and 4.5.3.
final class ZipArchive: Sendable {
  struct Entry: Sendable {
    /// With the folders.
    let name: FilePath
    let size: Int
    fileprivate let packedSize: Int
    fileprivate let method: Int
    fileprivate let checksum: UInt32
    fileprivate let isEncrypted: Bool
    /// The offset of its local header.
    fileprivate let offset: Int
  }

  let path: String
  let entries: [Entry]
  private let content: Content

  fileprivate enum Content: Sendable {
    case file(OpenFile)
    case memory([UInt8])
  }

  /// The maximum depth of folders.
  static let deepest = 64

  /// - Throws: `DatasetError`: `.missing` if there is no such file, `.unusable` if it is no complete zip
  ///   archive.
  convenience init(path: FilePath) throws(DatasetError) {
    let file = try OpenFile(reading: path)
    try self.init(.file(file), size: file.size(), path: "\(path)")
  }

  /// From an archive in memory.
  convenience init(_ bytes: [UInt8], path: String) throws(DatasetError) {
    try self.init(.memory(bytes), size: bytes.count, path: path)
  }

  private init(_ content: Content, size: Int, path: String) throws(DatasetError) {
    (self.content, self.path) = (content, path)
    let index = try Index(in: content, size: size, path: path)
    entries = try index.entries(in: content, size: size, path: path)
  }

  /// The content of a file, with its checksum verified.
  ///
  /// - Throws: `DatasetError` (`.unusable`) if it is damaged, encrypted, compressed by another method, or
  ///   larger than `most`.
  func bytes(of entry: Entry, upTo most: Int) throws(DatasetError) -> [UInt8] {
    guard entry.size <= most else {
      throw failure(entry, "it has \(entry.size.grouped) bytes, more than the \(most.grouped) that are read")
    }
    if let memory = PhysicalMemory.byteCount, entry.size >= memory {
      throw failure(entry, "it takes \(entry.size.grouped) bytes, but the machine has \(memory.grouped)")
    }
    let packed = try packedBytes(of: entry, upTo: entry.packedSize)
    let bytes = entry.method == 0 ? packed : try inflated(packed, of: entry, count: entry.size)
    guard bytes.count == entry.size, checksum(bytes) == entry.checksum else {
      throw failure(entry, "its checksum or its size is wrong: the archive is damaged")
    }
    return bytes
  }

  /// The same as `bytes`; of a large file that is stored as it is, without reading it to memory.
  func contents(of entry: Entry) throws(DatasetError) -> Bytes {
    guard case .file(let file) = content, entry.method == 0, entry.size >= MappedFile.least else {
      return Bytes(try bytes(of: entry, upTo: .max))
    }
    let start = try start(of: entry)
    let mapped = Bytes(of: try MappedFile(file))
    guard entry.size <= mapped.count - start else { throw Self.damaged(path) }
    let bytes = mapped.part(start..<start + entry.size)
    guard CRC32.checksum(of: bytes) == entry.checksum else {
      throw failure(entry, "its checksum is wrong: the archive is damaged")
    }
    return bytes
  }

  /// The first bytes of a file, which are not checked.
  func head(of entry: Entry, count: Int) throws(DatasetError) -> [UInt8] {
    let count = min(count, entry.size)
    let packed = try packedBytes(of: entry, upTo: min(entry.packedSize, 4 * count + 1024))
    return entry.method == 0 ? Array(packed.prefix(count)) : try inflated(packed, of: entry, count: count)
  }

  /// For error messages.
  func path(of entry: Entry) -> String { "\(path)(\(entry.name))" }

  private func failure(_ entry: Entry, _ reason: String) -> DatasetError {
    DatasetError(.unusable, path: path(of: entry), reason)
  }

  private func packedBytes(of entry: Entry, upTo count: Int) throws(DatasetError) -> [UInt8] {
    try content.read(at: start(of: entry), count: count, path: path)
  }

  /// Where a file's packed bytes begin.
  private func start(of entry: Entry) throws(DatasetError) -> Int {
    guard !entry.isEncrypted else { throw failure(entry, "it is encrypted") }
    guard entry.method == 0 || entry.method == 8 else {
      throw failure(
        entry, "it is packed by method \(entry.method): make the archive anew with zip, which deflates")
    }
    let isPlausible =
      entry.method == 0
      // Deflate packs at most 258 bytes into 2 bits.
      ? entry.size == entry.packedSize : entry.size / 1032 <= entry.packedSize
    guard isPlausible else {
      throw failure(
        entry,
        "\(entry.packedSize.grouped) bytes cannot unpack to \(entry.size.grouped): the archive is damaged")
    }
    let header = try content.read(at: entry.offset, count: 30, path: path)
    guard header.starts(with: [0x50, 0x4B, 3, 4]) else {
      throw failure(entry, "there is no file at its place in the archive, which is damaged")
    }
    return entry.offset + 30 + header.number(at: 26, 2) + header.number(at: 28, 2)
  }

  /// The decompressed bytes, up to `count`.
  private func inflated(_ packed: [UInt8], of entry: Entry, count: Int) throws(DatasetError) -> [UInt8] {
    let isWhole = count == entry.size
    var status = Z_OK
    let bytes = [UInt8](unsafeUninitializedCapacity: max(count, 1)) { output, filled in
      // On the heap: zlib's state points back at it, so it must not move.
      let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
      stream.initialize(to: z_stream())
      defer { stream.deallocate() }
      // −15: the largest window, and raw deflate data without header.
      status = inflateInit2_(stream, -15, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
      guard status == Z_OK else { return }
      defer { inflateEnd(stream) }
      packed.withUnsafeBufferPointer { packed in
        var used = 0
        repeat {
          // zlib counts in 32 bits.
          let (input, room) = (min(packed.count - used, 1 << 30), min(count - filled, 1 << 30))
          stream.pointee.next_in = UnsafeMutablePointer(mutating: packed.baseAddress.map { $0 + used })
          stream.pointee.avail_in = UInt32(input)
          stream.pointee.next_out = output.baseAddress.map { $0 + filled }
          stream.pointee.avail_out = UInt32(room)
          status = CZlib.inflate(stream, Z_NO_FLUSH)
          let (taken, made) = (input - Int(stream.pointee.avail_in), room - Int(stream.pointee.avail_out))
          used += taken
          filled += made
          if taken == 0, made == 0 { break }
        } while status == Z_OK
      }
    }
    guard status == Z_STREAM_END || (status == Z_OK || status == Z_BUF_ERROR) && bytes.count == count else {
      if !isWhole, status == Z_OK || status == Z_BUF_ERROR { return bytes }
      throw failure(entry, "its deflated bytes are damaged")
    }
    return bytes
  }

  private func checksum(_ bytes: [UInt8]) -> UInt32 {
    var sum: UInt = 0
    bytes.withUnsafeBufferPointer { bytes in
      for start in stride(from: 0, to: bytes.count, by: 1 << 30) {
        sum = crc32(sum, bytes.baseAddress.map { $0 + start }, UInt32(min(1 << 30, bytes.count - start)))
      }
    }
    return UInt32(truncatingIfNeeded: sum)
  }
}

extension ZipArchive.Content {
  /// Reads exactly `count` bytes.
  fileprivate func read(at offset: Int, count: Int, path: String) throws(DatasetError) -> [UInt8] {
    guard offset >= 0, count >= 0 else { throw ZipArchive.damaged(path) }
    switch self {
    case .memory(let bytes):
      guard offset <= bytes.count, count <= bytes.count - offset else { throw ZipArchive.damaged(path) }
      return Array(bytes[offset..<offset + count])
    case .file(let file):
      var failure: DatasetError?
      let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        do throws(DatasetError) {
          filled = try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
      guard bytes.count == count else { throw ZipArchive.damaged(path) }
      return bytes
    }
  }
}

extension ZipArchive {
  fileprivate static func damaged(_ path: String) -> DatasetError {
    DatasetError(.unusable, path: path, "the zip archive is damaged or cut short: fetch it again")
  }

  /// The central directory of an archive.
  private struct Index {
    let start: Int
    let byteCount: Int

    init(in content: Content, size: Int, path: String) throws(DatasetError) {
      // A comment of up to 65,535 bytes may follow the end record of 22.
      let tail = try content.read(at: max(0, size - 65_557), count: min(size, 65_557), path: path)
      guard
        let end = stride(from: tail.count - 22, through: 0, by: -1).first(where: {
          tail[$0...].starts(with: [0x50, 0x4B, 5, 6]) && $0 + 22 + tail.number(at: $0 + 20, 2) <= tail.count
        })
      else { throw ZipArchive.damaged(path) }
      var (start, byteCount) = (tail.number(at: end + 16, 4), tail.number(at: end + 12, 4))
      let place = size - tail.count + end
      // Zip64 archives have another end record, whose locator precedes this one.
      if start == 0xFFFF_FFFF || byteCount == 0xFFFF_FFFF || tail.number(at: end + 10, 2) == 0xFFFF,
        place >= 20
      {
        let locator = try content.read(at: place - 20, count: 20, path: path)
        if locator.starts(with: [0x50, 0x4B, 6, 7]) {
          let record = try content.read(at: locator.number(at: 8, 8), count: 56, path: path)
          guard record.starts(with: [0x50, 0x4B, 6, 6]) else { throw ZipArchive.damaged(path) }
          (start, byteCount) = (record.number(at: 48, 8), record.number(at: 40, 8))
        }
      }
      guard start >= 0, byteCount >= 0, start <= size, byteCount <= size - start else {
        throw ZipArchive.damaged(path)
      }
      (self.start, self.byteCount) = (start, byteCount)
    }

    func entries(in content: Content, size: Int, path: String) throws(DatasetError) -> [Entry] {
      let bytes = try content.read(at: start, count: byteCount, path: path)
      var entries: [Entry] = []
      var (at, packed) = (0, 0)
      while at + 46 <= bytes.count, bytes[at..<at + 4].elementsEqual([0x50, 0x4B, 1, 2]) {
        let (nameCount, extraCount) = (bytes.number(at: at + 28, 2), bytes.number(at: at + 30, 2))
        let end = at + 46 + nameCount + extraCount + bytes.number(at: at + 32, 2)
        guard end <= bytes.count else { throw ZipArchive.damaged(path) }
        let name = Array(bytes[at + 46..<at + 46 + nameCount])
        var sizes = [
          bytes.number(at: at + 24, 4), bytes.number(at: at + 20, 4), bytes.number(at: at + 42, 4),
        ]
        let extra = Array(bytes[at + 46 + nameCount..<at + 46 + nameCount + extraCount])
        ZipArchive.widen(&sizes, by: extra)
        guard sizes.allSatisfy({ (0...Int.max / 4).contains($0) }) else { throw ZipArchive.damaged(path) }
        packed += sizes[1]
        // Entries that share bytes could make a small archive expand without bound.
        guard packed <= size else {
          throw DatasetError(
            .unusable, path: path, "the archive's files take more bytes than it has: it is damaged")
        }
        if name.last != UInt8(ascii: "/") {
          entries.append(
            Entry(
              name: FilePath(bytes: name), size: sizes[0], packedSize: sizes[1],
              method: bytes.number(at: at + 10, 2),
              checksum: UInt32(truncatingIfNeeded: bytes.number(at: at + 16, 4)),
              isEncrypted: bytes.number(at: at + 8, 2) & 1 == 1, offset: sizes[2]))
        }
        at = end
      }
      guard at == bytes.count else { throw ZipArchive.damaged(path) }
      return entries
    }
  }

  /// Sizes beyond 32 bits are in the zip64 extra field, in this order, and only those.
  private static func widen(_ numbers: inout [Int], by extra: [UInt8]) {
    var at = 0
    while at + 4 <= extra.count {
      let (tag, count) = (extra.number(at: at, 2), extra.number(at: at + 2, 2))
      let end = at + 4 + count
      guard end <= extra.count else { return }
      if tag == 1 {
        var place = at + 4
        for index in numbers.indices where numbers[index] == 0xFFFF_FFFF && place + 8 <= end {
          numbers[index] = extra.number(at: place, 8)
          place += 8
        }
        return
      }
      at = end
    }
  }
}

extension [UInt8] {
  /// A little-endian number; negative on overflow.
  fileprivate func number(at offset: Int, _ count: Int) -> Int {
    self[offset..<offset + count].reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}
