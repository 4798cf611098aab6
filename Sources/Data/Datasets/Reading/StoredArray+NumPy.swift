extension StoredArray {
  /// Reads a `.npy` file; the numbers of a large one stay in it.
  ///
  /// - Throws: `DatasetError` (`.unusable`) for what is none, is damaged, or holds other things than numbers.
  /// - SeeAlso: numpy.lib.format, "The .npy format", versions 1 to 3.
  init(npy stream: ByteStream) throws(DatasetError) {
    let path = stream.path
    let damaged = DatasetError(.unusable, path: path, "it is no .npy file, or its header is damaged")
    guard stream.atMost > 12 else { throw damaged }
    let start = try stream.read(exactly: 8, of: "the beginning of a .npy file")
    guard start.starts(with: [0x93] + Array("NUMPY".utf8)), (1...3).contains(start[6]) else { throw damaged }
    let count = try stream.read(exactly: start[6] == 1 ? 2 : 4, of: "the size of a .npy file's header")
    let length = count.reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= 1 << 16 else { throw damaged }
    let header = String(
      decoding: try stream.read(exactly: length, of: "the header of a .npy file"), as: UTF8.self)
    guard let name = header.firstMatch(of: /'descr':\s*'([^']{2,16})'/)?.output.1,
      let order = header.firstMatch(of: /'fortran_order':\s*(True|False)/)?.output.1,
      let extents = header.firstMatch(of: /'shape':\s*\(([0-9, ]*)\)/)?.output.1
    else {
      guard header.contains("'descr': [") else { throw damaged }
      throw DatasetError(
        .unusable, path: path, "its elements are records, which are not read: save plain arrays")
    }
    let numbers = extents.split(separator: ",").map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }
    let shape = numbers.compactMap { Int($0) }
    guard shape.count == numbers.count else { throw damaged }
    guard let type = ElementType(numPy: String(name)) else {
      throw DatasetError(.unusable, path: path, "its numbers are of the type \(name), which is not read")
    }
    try self.init(type: type, shape: shape, isFortran: order == "True", from: stream)
  }

  /// The rest of a file, whose header said what it is.
  init(type: ElementType, shape: [Int], isFortran: Bool, from stream: ByteStream) throws(DatasetError) {
    let size = try Self.byteCount(of: type, shape, path: stream.path)
    let what = "an array \(shape) of \(type.name)"
    let bytes = try stream.take(exactly: size, of: what)
    try stream.expectEnd(after: what)
    try self.init(type: type, shape: shape, isFortran: isFortran, bytes: bytes, path: stream.path)
  }
}
