/// The characters by which byte-level vocabularies write bytes.
///
/// A printable character of Latin-1 stands for its own byte; the 68 others are written by the characters from U+0100 on, in
/// their order, so that a space is Ġ and a line end is Ċ. So every text has tokens, and a vocabulary is a text.
///
/// - SeeAlso: Radford et al. 2019, `bytes_to_unicode` in the code of GPT-2.
enum ByteAlphabet {
  /// The character of each byte.
  static let scalars: [UInt32] = {
    var next: UInt32 = 0x100
    return (0..<256).map { (byte: UInt32) in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return byte
      default:
        defer { next += 1 }
        return next
      }
    }
  }()

  /// The byte of each character below U+0144; -1 for the others.
  private static let bytes: [Int16] = {
    var bytes = [Int16](repeating: -1, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = Int16(byte) }
    return bytes
  }()

  static func byte(of scalar: UInt32) -> UInt8? {
    scalar < 0x144 && bytes[Int(scalar)] >= 0 ? UInt8(bytes[Int(scalar)]) : nil
  }

  /// A token of a byte-level vocabulary, as UTF-8, for some bytes.
  static func token(of bytes: some Sequence<UInt8>) -> [UInt8] {
    var token: [UInt8] = []
    for byte in bytes { UTF8Text.append(scalars[Int(byte)], to: &token) }
    return token
  }

  /// The bytes of a token; nil if one of its characters is none of the alphabet.
  static func bytes(of token: some Sequence<UInt8>) -> [UInt8]? {
    let token = Array(token)
    return token.withUnsafeBufferPointer { text in
      var (result, position): ([UInt8], Int) = ([], 0)
      while position < text.count {
        let (scalar, count) = UTF8Text.scalar(text, at: position)
        guard let byte = byte(of: scalar) else { return nil }
        result.append(byte)
        position += count
      }
      return result
    }
  }
}
