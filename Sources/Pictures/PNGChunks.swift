/// The chunks of a PNG file, by the lengths that they claim; ends behind the first that is cut off.
struct PNGChunks: Sequence, IteratorProtocol {
  struct Chunk {
    let name: ArraySlice<UInt8>
    /// In bytes, as the chunk claims.
    let length: Int
    /// Nil where the file ends before it does.
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
