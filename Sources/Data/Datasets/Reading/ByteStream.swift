import Files
import Tensors
import Wording

/// A sequential stream of the bytes of a file (or of memory); gzip is detected by its first bytes and
/// decompressed.
///
/// Safe for hostile input: a caller requests a number of bytes and gets them or an error, and never more than
/// `atMost`.
final class ByteStream {
  /// For error messages.
  let path: String
  /// An upper bound of the output: exact for plain bytes, generous for gzip.
  let atMost: Int
  /// True if the input is gzip.
  let isCompressed: Bool
  /// The number of bytes read so far.
  private(set) var position = 0

  private var input: InputBuffer
  private var inflater: Inflater?

  /// Opens a file.
  ///
  /// - Throws: `DatasetError`: `.missing` if there is no such file, `.unusable` if it cannot be read, is no
  ///   regular file, or is empty.
  convenience init(path: String) throws(DatasetError) { try self.init(path: FilePath(path)) }

  /// The same for a path that may not be valid text.
  convenience init(path: FilePath) throws(DatasetError) {
    try self.init(InputBuffer(file: OpenFile(reading: path), path: "\(path)"))
  }

  /// Reads from memory, as from a file of that name.
  convenience init(_ bytes: [UInt8], path: String) throws(DatasetError) {
    try self.init(Bytes(bytes), path: path)
  }

  /// The same of bytes that are shared with others.
  convenience init(_ bytes: Bytes, path: String) throws(DatasetError) {
    try self.init(InputBuffer(memory: bytes, path: path))
  }

  private init(_ input: InputBuffer) throws(DatasetError) {
    self.input = input
    path = input.path
    guard try self.input.fill() else {
      throw DatasetError(.unusable, path: input.path, "the file is empty")
    }
    isCompressed = self.input.startsWith([0x1F, 0x8B])
    if isCompressed {
      inflater = try Inflater(path: input.path)
      // Deflate packs at most 258 bytes into 2 bits, so gzip expands by at most 1,032.
      let (bound, overflow) = input.size.multipliedReportingOverflow(by: 1032)
      atMost = overflow ? .max : bound
    } else {
      atMost = input.size
    }
  }

  /// The next `count` bytes.
  ///
  /// - Parameters:
  ///   - count: their number.
  ///   - what: the part being read, for errors: "the header".
  /// - Returns: `count` bytes.
  /// - Throws: `DatasetError` (`.unusable`) if the file ends before, or its gzip is damaged.
  func read(exactly count: Int, of what: String) throws(DatasetError) -> [UInt8] {
    try demand(count, of: what)
    // Gzip of zeros, or a file with holes, may hold it all the same.
    if let memory = PhysicalMemory.byteCount, count >= memory {
      throw DatasetError(
        .unusable, path: path,
        "\(what) should take \(count.grouped) bytes, but the machine's memory has \(memory.grouped)")
    }
    let bytes = try read(upTo: count)
    guard bytes.count == count else { throw ended(after: bytes.count, of: count, what) }
    return bytes
  }

  /// The same, without a copy where the bytes are in memory or in a large file that is not packed: that is mapped.
  func take(exactly count: Int, of what: String) throws(DatasetError) -> Bytes {
    try demand(count, of: what)
    guard !isCompressed, let bytes = try input.take(count) else {
      return Bytes(try read(exactly: count, of: what))
    }
    position += count
    return bytes
  }

  /// Before any memory is taken: a damaged count must not ask for more than the file can hold.
  private func demand(_ count: Int, of what: String) throws(DatasetError) {
    guard count <= atMost - position else { throw ended(after: atMost - position, of: count, what) }
  }

  /// The next bytes: fewer than `count` at the end of the file only.
  func read(upTo count: Int) throws(DatasetError) -> [UInt8] {
    var failure: DatasetError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(DatasetError) {
        filled = try self.fill(UnsafeMutableRawBufferPointer(buffer))
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Skips the next `count` bytes.
  func skip(_ count: Int, of what: String) throws(DatasetError) {
    try demand(count, of: what)
    var left = count
    while left > 0 {
      let piece = min(left, 1 << 16)
      _ = try read(exactly: piece, of: what)
      left -= piece
    }
  }

  /// Throws unless all bytes were read; this also verifies the checksum at the end of gzip.
  func expectEnd(after what: String) throws(DatasetError) {
    guard try read(upTo: 1).isEmpty else {
      throw DatasetError(
        .unusable, path: path, "more bytes follow after \(what), where the file should end: it is damaged")
    }
  }

  private func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
    var filled = 0
    while filled < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let got =
        if let inflater { try inflater.inflate(&input, into: rest) } else { try input.read(into: rest) }
      if got == 0 { break }
      filled += got
    }
    position += filled
    return filled
  }

  private func ended(after found: Int, of wanted: Int, _ what: String) -> DatasetError {
    let most = isCompressed && found == atMost - position ? "at most " : ""
    return DatasetError(
      .unusable, path: path,
      """
      \(what) should take \(wanted.grouped) bytes, but \(most)\(found.grouped) are left: the file is cut short \
      or damaged
      """)
  }
}
