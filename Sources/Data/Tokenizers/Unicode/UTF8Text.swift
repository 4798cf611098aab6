/// A part of a text's bytes, in UTF-8.
typealias TextBytes = UnsafeBufferPointer<UInt8>

/// Characters in UTF-8, where they lie in memory.
package enum UTF8Text {
  /// The scalar at a position of valid UTF-8, and how many bytes it takes.
  @inline(__always)
  static func scalar(_ text: TextBytes, at position: Int) -> (value: UInt32, count: Int) {
    let first = UInt32(text[position])
    if first < 0x80 { return (first, 1) }
    let second = UInt32(text[position + 1] & 0x3F)
    if first < 0xE0 { return ((first & 0x1F) << 6 | second, 2) }
    let third = UInt32(text[position + 2] & 0x3F)
    if first < 0xF0 { return ((first & 0x0F) << 12 | second << 6 | third, 3) }
    return ((first & 0x07) << 18 | second << 12 | third << 6 | UInt32(text[position + 3] & 0x3F), 4)
  }

  /// How many bytes the scalar that begins with this one takes.
  @inline(__always)
  static func count(from first: UInt8) -> Int { first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4 }

  /// The position of the scalar before another position.
  @inline(__always)
  static func position(_ text: TextBytes, before position: Int) -> Int {
    var index = position - 1
    while index > 0, text[index] & 0xC0 == 0x80 { index -= 1 }
    return index
  }

  @inline(__always)
  static func append(_ value: UInt32, to bytes: inout [UInt8]) {
    if value < 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: value))
      return
    }
    let last = UInt8(truncatingIfNeeded: 0x80 | value & 0x3F)
    if value < 0x800 {
      bytes.append(UInt8(truncatingIfNeeded: 0xC0 | value >> 6))
    } else {
      let middle = UInt8(truncatingIfNeeded: 0x80 | value >> 6 & 0x3F)
      if value < 0x10000 {
        bytes.append(UInt8(truncatingIfNeeded: 0xE0 | value >> 12))
      } else {
        bytes.append(UInt8(truncatingIfNeeded: 0xF0 | value >> 18))
        bytes.append(UInt8(truncatingIfNeeded: 0x80 | value >> 12 & 0x3F))
      }
      bytes.append(middle)
    }
    bytes.append(last)
  }

  static func append(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) { append(scalar.value, to: &bytes) }

  /// The scalars of valid UTF-8.
  static func scalars(_ text: TextBytes) -> [UInt32] {
    var (scalars, position): ([UInt32], Int) = ([], 0)
    scalars.reserveCapacity(text.count)
    while position < text.count {
      let (value, count) = scalar(text, at: position)
      scalars.append(value)
      position += count
    }
    return scalars
  }

  static func bytes(_ scalars: [UInt32]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(scalars.count)
    for scalar in scalars { append(scalar, to: &bytes) }
    return bytes
  }

  /// Where UTF-8 stops to be valid; nil if it is valid.
  ///
  /// - SeeAlso: The Unicode Standard, table 3-7.
  static func firstInvalid(_ text: TextBytes) -> Int? {
    var position = 0
    while position < text.count {
      // Eight letters of ASCII at once.
      while position + 8 <= text.count,
        UnsafeRawPointer(text.baseAddress.unsafelyUnwrapped + position).loadUnaligned(as: UInt64.self)
          & 0x8080_8080_8080_8080 == 0
      {
        position += 8
      }
      guard position < text.count else { break }
      let first = text[position]
      if first < 0x80 {
        position += 1
        continue
      }
      let count = count(from: first)
      let second: ClosedRange<UInt8> =
        switch first {
        case 0xE0: 0xA0...0xBF
        case 0xED: 0x80...0x9F
        case 0xF0: 0x90...0xBF
        case 0xF4: 0x80...0x8F
        default: 0x80...0xBF
        }
      guard (0xC2...0xF4).contains(first), position + count <= text.count, second.contains(text[position + 1])
      else {
        return position
      }
      for index in position + 2..<max(position + 2, position + count) where text[index] & 0xC0 != 0x80 {
        return position
      }
      position += count
    }
    return nil
  }

  package static func firstInvalid(_ bytes: [UInt8]) -> Int? {
    bytes.withUnsafeBufferPointer { firstInvalid($0) }
  }
}
