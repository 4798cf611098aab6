import Wording

/// An array in numpy's file format.
///
/// - SeeAlso: numpy.lib.format, "The .npy format", versions 1 to 3.
struct NumPyArray {
  /// The element type: byte order, kind and size, such as "|u1" or "<i8".
  let type: String
  let shape: [Int]
  /// True for column-major (Fortran) order.
  let isFortran: Bool
  let bytes: [UInt8]

  /// - Throws: `DatasetError` (`.unusable`) unless the number of bytes fits the shape.
  init(type: String, shape: [Int], isFortran: Bool, bytes: [UInt8], path: String) throws(DatasetError) {
    (self.type, self.shape, self.isFortran, self.bytes) = (type, shape, isFortran, bytes)
    guard let size = Self.size(of: type) else {
      throw DatasetError(.unusable, path: path, "its numbers are of the type \(type), which is not read")
    }
    var count = size
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow else {
        throw DatasetError(.unusable, path: path, "the shape \(shape) is none that any file holds")
      }
      count = product
    }
    guard count == bytes.count else {
      throw DatasetError(
        .unusable, path: path,
        "an array \(shape) of \(type) takes \(count.grouped) bytes, but has \(bytes.count.grouped): it is damaged"
      )
    }
  }

  /// Reads a file.
  init(npy file: [UInt8], path: String) throws(DatasetError) {
    let damaged = DatasetError(.unusable, path: path, "it is no .npy file, or its header is damaged")
    guard file.count > 12, file.starts(with: [0x93] + Array("NUMPY".utf8)), (1...3).contains(file[6]) else {
      throw damaged
    }
    let isShort = file[6] == 1
    let length = file[8..<(isShort ? 10 : 12)].reversed().reduce(0) { $0 << 8 | Int($1) }
    let start = isShort ? 10 : 12
    guard length <= file.count - start, length <= 1 << 16 else { throw damaged }
    let header = String(decoding: file[start..<start + length], as: UTF8.self)
    guard let type = header.firstMatch(of: /'descr':\s*'([^']{2,16})'/)?.output.1,
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
    try self.init(
      type: String(type), shape: shape, isFortran: order == "True", bytes: Array(file[(start + length)...]),
      path: path)
  }

  /// Bytes per element; nil for an unsupported type.
  private static func size(of type: String) -> Int? {
    guard let order = type.first, "|<>=".contains(order), let size = Int(type.dropFirst(2)),
      (1...16).contains(size)
    else { return nil }
    return "uifb".contains(type.dropFirst().first ?? " ") ? size : nil
  }

  private var size: Int { Self.size(of: type) ?? 1 }

  var isOfBytes: Bool { type.hasSuffix("u1") }

  /// The elements, integers of any size, in row-major order.
  ///
  /// - Throws: `DatasetError` (`.unusable`) for other types.
  func integers(path: String) throws(DatasetError) -> [Int] {
    let kind = type.dropFirst().first
    guard kind == "u" || kind == "i" || kind == "b", size <= 8 else {
      throw DatasetError(
        .unusable, path: path, "labels have to be whole numbers, not \(type): save them with .astype('int64')"
      )
    }
    var numbers: [Int] = []
    numbers.reserveCapacity(bytes.count / size)
    for start in stride(from: 0, to: bytes.count, by: size) {
      let own = bytes[start..<start + size]
      var bits: UInt64 = 0
      if type.first == ">" {
        for byte in own { bits = bits << 8 | UInt64(byte) }
      } else {
        for byte in own.reversed() { bits = bits << 8 | UInt64(byte) }
      }
      // Sign extension from the highest bit.
      let shift = UInt64(64 - 8 * size)
      let number = kind == "i" ? Int(Int64(bitPattern: bits << shift) >> Int64(shift)) : Int(clamping: bits)
      numbers.append(number)
    }
    return numbers
  }

  /// Converts to images `[N, C, H, W]`, from `[N, H, W]`, `[N, H, W, C]` or `[N, C, H, W]`.
  ///
  /// - Throws: `DatasetError` (`.unusable`) for other shapes and element types.
  func images(path: String) throws(DatasetError) -> (pixels: [UInt8], count: Int, shape: ImageShape) {
    guard isOfBytes else {
      throw DatasetError(
        .unusable, path: path,
        "images have to be bytes from 0 to 255 (uint8), not \(type): of numbers from 0 to 1 make them with (255 * x).round().astype('uint8')"
      )
    }
    guard shape.count == 3 || shape.count == 4, shape.allSatisfy({ $0 > 0 }) else {
      throw DatasetError(
        .unusable, path: path,
        "images have to be [N, H, W], [N, H, W, C] or [N, C, H, W], not \(shape): give them their shape with .reshape"
      )
    }
    let count = shape[0]
    guard shape.count == 4 else {
      let image = ImageShape(channels: 1, height: shape[1], width: shape[2])
      return (permuted([0, 1, 2]), count, image)
    }
    let channels = 1...4
    // Channels are on the last axis, as usual in numpy, unless it is too long.
    if channels.contains(shape[3]) {
      return (
        permuted([0, 3, 1, 2]), count, ImageShape(channels: shape[3], height: shape[1], width: shape[2])
      )
    }
    guard channels.contains(shape[1]) else {
      throw DatasetError(
        .unusable, path: path,
        "images \(shape) have no axis of one to four channels, neither the second nor the last")
    }
    return (permuted([0, 1, 2, 3]), count, ImageShape(channels: shape[1], height: shape[2], width: shape[3]))
  }

  /// The bytes with permuted axes, row-major.
  private func permuted(_ axes: [Int]) -> [UInt8] {
    guard isFortran || axes != Array(axes.indices) else { return bytes }
    var strides = [Int](repeating: 1, count: shape.count)
    let order = isFortran ? Array(shape.indices) : shape.indices.reversed()
    for (last, axis) in zip(order, order.dropFirst()) { strides[axis] = strides[last] * shape[last] }
    // Padded to four axes.
    let extents = axes.map { shape[$0] } + [Int](repeating: 1, count: 4 - axes.count)
    let steps = axes.map { strides[$0] } + [Int](repeating: 0, count: 4 - axes.count)
    return [UInt8](unsafeUninitializedCapacity: bytes.count) { result, count in
      bytes.withUnsafeBufferPointer { bytes in
        for a in 0..<extents[0] {
          for b in 0..<extents[1] {
            for c in 0..<extents[2] {
              let start = a * steps[0] + b * steps[1] + c * steps[2]
              for d in 0..<extents[3] {
                result[count] = bytes[start + d * steps[3]]
                count += 1
              }
            }
          }
        }
      }
    }
  }
}
