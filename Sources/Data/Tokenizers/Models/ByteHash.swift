/// A hash of a few bytes, for tables that live as long as the process: eight bytes take one multiplication.
enum ByteHash {
  @inline(__always)
  static func hash(_ bytes: TextBytes) -> UInt64 {
    var hash = UInt64(truncatingIfNeeded: bytes.count) &* factor
    var position = 0
    guard let base = UnsafeRawPointer(bytes.baseAddress) else { return mixed(hash) }
    while position + 8 <= bytes.count {
      hash = mixed(hash ^ (base + position).loadUnaligned(as: UInt64.self))
      position += 8
    }
    var rest: UInt64 = 0
    while position < bytes.count {
      rest = rest << 8 | UInt64(bytes[position])
      position += 1
    }
    return mixed(hash ^ rest)
  }

  private static let factor: UInt64 = 0x9E37_79B9_7F4A_7C15

  @inline(__always)
  static func mixed(_ value: UInt64) -> UInt64 {
    let product = value &* factor
    return product ^ product >> 32
  }
}
