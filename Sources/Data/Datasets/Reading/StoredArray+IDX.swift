extension StoredArray {
  /// Reads an IDX file of any type and number of axes; the numbers of a large one stay in it.
  ///
  /// Two zeros, the type, the number of axes, the extent of each in 32 bits, and the numbers; the highest byte first in
  /// all.
  ///
  /// - Throws: `DatasetError` (`.unusable`) for what is none or is damaged.
  init(idx stream: ByteStream) throws(DatasetError) {
    let start = try stream.read(exactly: 4, of: "the beginning of an IDX file")
    guard Self.isIDX(start), let type = ElementType(idx: start[2]) else {
      throw DatasetError(
        .unusable, path: stream.path,
        "it is no IDX file: one begins with two zeros, the code of its type and the number of its axes")
    }
    let sizes = try stream.read(exactly: 4 * Int(start[3]), of: "the header of an IDX file")
    let shape = stride(from: 0, to: sizes.count, by: 4).map { first in
      sizes[first..<first + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    try self.init(type: type, shape: shape, isFortran: false, from: stream)
  }

  /// True if a file that begins so is one.
  static func isIDX(_ head: [UInt8]) -> Bool {
    head.count >= 4 && head[0] == 0 && head[1] == 0 && ElementType(idx: head[2]) != nil
      && (1...32).contains(head[3])
  }
}
