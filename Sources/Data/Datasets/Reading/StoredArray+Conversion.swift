import Tensors
import Wording

extension StoredArray {
  /// The numbers as Lemnos has them, one after another, the last index running fastest.
  ///
  /// Those that are so already stay where they are. Others are converted: whole numbers to int32 if all fit,
  /// floating-point numbers to the nearest float32.
  ///
  /// - Parameter keepsFloat64: float64 stays as it is.
  /// - Throws: `DatasetError` (`.unusable`) for a whole number that int32 does not hold.
  func converted(
    keepingFloat64 keepsFloat64: Bool, path: String
  ) throws(DatasetError) -> (dtype: DType, bytes: Bytes) {
    if isFortran { try demandMemory(for: bytes.count, path: path) }
    let bytes = rowMajor
    switch (type.kind, type.size) {
    case (.bool, _): return (.bool, bytes)
    case (.unsigned, 1): return (.uint8, bytes)
    case (.unsigned, _), (.signed, _):
      if type.size == 4, type.kind == .signed, !type.isBigEndian { return (.int32, bytes) }
      let type = type
      var wrong: (index: Int, number: Int)?
      let converted = try convert(bytes, path) { (place, bytes, index) -> Int32 in
        let number = type.integer(at: place, of: bytes)
        if let fitting = Int32(exactly: number) { return fitting }
        if wrong == nil { wrong = (index, number) }
        return 0
      }
      guard let wrong else { return (.int32, converted) }
      throw DatasetError(
        .unusable, path: path,
        "number \(wrong.index.grouped) of \(shape) is \(wrong.number.grouped), but whole numbers are read as int32, "
          + "which ends at \(Int(Int32.max).grouped): make them smaller, or save them with .astype('float32')"
      )
    case (.float, 8) where keepsFloat64:
      guard type.isBigEndian else { return (.float64, bytes) }
      return (
        .float64, try convert(bytes, path) { [type] place, bytes, _ in type.real(at: place, of: bytes) }
      )
    case (.float, _), (.bfloat, _):
      if type.kind == .float, type.size == 4, !type.isBigEndian { return (.float32, bytes) }
      let type = type
      return (
        .float32, try convert(bytes, path) { place, bytes, _ in Float(type.real(at: place, of: bytes)) }
      )
    }
  }

  /// - Parameter convert: is told where a number begins, in which bytes, and which it is of all.
  private func convert<Scalar: TensorScalar>(
    _ bytes: Bytes, _ path: String, _ convert: (Int, UnsafeRawBufferPointer, Int) -> Scalar
  ) throws(DatasetError) -> Bytes {
    let count = bytes.count / type.size
    try demandMemory(for: count * MemoryLayout<Scalar>.size, path: path)
    let size = type.size
    let array = [UInt8](unsafeUninitializedCapacity: count * MemoryLayout<Scalar>.size) { buffer, filled in
      let result = UnsafeMutableRawBufferPointer(buffer)
      var index = 0
      bytes.forEachPart(inPiecesOf: size) { part in
        for place in stride(from: 0, to: part.count, by: size) {
          result.storeBytes(
            of: convert(place, part, index), toByteOffset: index * MemoryLayout<Scalar>.size, as: Scalar.self)
          index += 1
        }
      }
      filled = count * MemoryLayout<Scalar>.size
    }
    return Bytes(array)
  }
}

extension ElementType {
  /// A whole number; of unsigned ones that no `Int` holds the greatest that it does.
  func integer(at place: Int, of bytes: UnsafeRawBufferPointer) -> Int {
    let bits = bits(at: place, of: bytes)
    guard kind == .signed else { return Int(clamping: bits) }
    // The sign is the highest bit of what there is.
    let shift = 64 - 8 * size
    return Int(Int64(bitPattern: bits << UInt64(shift)) >> Int64(shift))
  }

  /// A floating-point number.
  fileprivate func real(at place: Int, of bytes: UnsafeRawBufferPointer) -> Double {
    let bits = bits(at: place, of: bytes)
    return switch (kind, size) {
    case (.bfloat, _): Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits) << 16))
    case (_, 2): Double(Float16(bitPattern: UInt16(truncatingIfNeeded: bits)))
    case (_, 4): Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    default: Double(bitPattern: bits)
    }
  }

  private func bits(at place: Int, of bytes: UnsafeRawBufferPointer) -> UInt64 {
    var bits: UInt64 = 0
    for index in 0..<size {
      bits = bits << 8 | UInt64(bytes[place + (isBigEndian ? index : size - 1 - index)])
    }
    return bits
  }
}
