/// The chunks of a PNG file, by their declared lengths; ends after the first truncated one.
struct PNGChunks: Sequence, IteratorProtocol {
  struct Chunk {
    let name: ArraySlice<UInt8>
    /// The declared length in bytes.
    let length: Int
    /// Nil if the file ends before.
    let content: ArraySlice<UInt8>?
  }

  private let bytes: [UInt8]
  private var at = 8

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func next() -> Chunk? {
    guard at + 8 <= bytes.count else { return nil }
    let (start, length) = (at + 8, bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) })
    // A checksum follows.
    let isWhole = start + length + 4 <= bytes.count
    at = isWhole ? start + length + 4 : bytes.count
    return Chunk(
      name: bytes[start - 4..<start], length: length,
      content: isWhole ? bytes[start..<start + length] : nil)
  }
}
