/// A range of bytes in a buffer: what a binding, a copy or a fill works on.
package struct BufferSlice {
  package let buffer: Buffer
  /// In bytes from the buffer's start.
  package let offset: Int
  package let byteCount: Int

  package init(_ buffer: Buffer, offset: Int, byteCount: Int) {
    precondition(
      offset >= 0 && byteCount > 0 && offset + byteCount <= buffer.byteCount,
      "buffer \(buffer.label) has \(buffer.byteCount) bytes: no slice of \(byteCount) at \(offset)")
    (self.buffer, self.offset, self.byteCount) = (buffer, offset, byteCount)
  }

  /// The whole of `buffer`.
  package init(_ buffer: Buffer) {
    self.init(buffer, offset: 0, byteCount: buffer.byteCount)
  }

  /// The part that begins `offset` bytes into this slice.
  package subscript(offset offset: Int, byteCount byteCount: Int) -> BufferSlice {
    precondition(
      offset >= 0 && offset + byteCount <= self.byteCount,
      "slice of \(buffer.label) has \(self.byteCount) bytes: no \(byteCount) at \(offset)")
    return BufferSlice(buffer, offset: self.offset + offset, byteCount: byteCount)
  }
}
