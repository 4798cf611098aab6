/// Bytes as letters of four kinds, six bits each.
///
/// - SeeAlso: RFC 4648, section 4.
enum Base64 {
  private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  private static let values: [Int16] = {
    var values = [Int16](repeating: -1, count: 256)
    for (value, letter) in letters.enumerated() { values[Int(letter)] = Int16(value) }
    return values
  }()

  static func encode(_ bytes: some Collection<UInt8>) -> [UInt8] {
    var (result, bits, bitCount): ([UInt8], UInt32, Int) = ([], 0, 0)
    for byte in bytes {
      (bits, bitCount) = (bits << 8 | UInt32(byte), bitCount + 8)
      while bitCount >= 6 {
        bitCount -= 6
        result.append(letters[Int(bits >> UInt32(bitCount) & 0x3F)])
      }
    }
    if bitCount > 0 { result.append(letters[Int(bits << UInt32(6 - bitCount) & 0x3F)]) }
    result += repeatElement(UInt8(ascii: "="), count: (4 - result.count % 4) % 4)
    return result
  }

  /// The bytes; nil for what is no base64.
  static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    guard text.count % 4 == 0 else { return nil }
    let padding = text.suffix(2).count { $0 == UInt8(ascii: "=") }
    var (result, bits, bitCount): ([UInt8], UInt32, Int) = ([], 0, 0)
    for letter in text.dropLast(padding) {
      let value = values[Int(letter)]
      guard value >= 0 else { return nil }
      (bits, bitCount) = (bits << 6 | UInt32(value), bitCount + 6)
      if bitCount >= 8 {
        bitCount -= 8
        result.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
      }
    }
    return result
  }
}
