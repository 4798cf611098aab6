import Glibc

/// Reads JSON from bytes.
///
/// - SeeAlso: RFC 8259.
package struct JSONReader {
  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  /// Deeper nesting than any tokenizer has, and shallow enough for a thread's stack.
  private static let deepest = 200

  private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")

  private init(_ bytes: [UInt8]) {
    self.bytes = bytes
    // A byte order mark.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// - Throws: `TokenizerError` that says at which byte it is no JSON.
  package static func read(_ bytes: [UInt8]) throws(TokenizerError) -> JSONValue {
    var reader = JSONReader(bytes)
    let value = try reader.value()
    reader.skipSpaces()
    guard reader.position == bytes.count else {
      throw reader.failure("something follows the end of its value")
    }
    return value
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpaces() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func take(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard bytes.count - position >= count else { return false }
    for index in 0..<count where bytes[position + index] != text.utf8Start[index] { return false }
    position += count
    return true
  }

  private func failure(_ what: String) -> TokenizerError {
    TokenizerError(.unusable, "the file is no valid JSON: at byte \(position) of \(bytes.count) \(what)")
  }

  private mutating func value() throws(TokenizerError) -> JSONValue {
    skipSpaces()
    switch next {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t") where take("true"): return .bool(true)
    case UInt8(ascii: "f") where take("false"): return .bool(false)
    case UInt8(ascii: "n") where take("null"): return .null
    case let byte? where byte == UInt8(ascii: "-") || JSONReader.digits.contains(byte): return try number()
    case nil: throw failure("it ends where a value is expected")
    default: throw failure("there is no value")
    }
  }

  private mutating func descend() throws(TokenizerError) {
    position += 1
    depth += 1
    guard depth <= JSONReader.deepest else {
      throw failure("values are nested more than \(JSONReader.deepest) deep")
    }
    skipSpaces()
  }

  /// Ends a list or an object, or passes its comma.
  ///
  /// - Returns: true at the end.
  private mutating func ends(with close: UInt8) throws(TokenizerError) -> Bool {
    skipSpaces()
    guard let byte = next, byte == close || byte == UInt8(ascii: ",") else {
      throw failure("neither a comma nor '\(Character(Unicode.Scalar(close)))' follows a value")
    }
    position += 1
    if byte == close { depth -= 1 }
    return byte == close
  }

  private mutating func array() throws(TokenizerError) -> JSONValue {
    try descend()
    var values: [JSONValue] = []
    if next == UInt8(ascii: "]") {
      (position, depth) = (position + 1, depth - 1)
      return .array(values)
    }
    repeat { values.append(try value()) } while try !ends(with: UInt8(ascii: "]"))
    return .array(values)
  }

  private mutating func object() throws(TokenizerError) -> JSONValue {
    try descend()
    var members: [JSONValue.Member] = []
    if next == UInt8(ascii: "}") {
      (position, depth) = (position + 1, depth - 1)
      return .object(members)
    }
    repeat {
      skipSpaces()
      guard next == UInt8(ascii: "\"") else { throw failure("there is no name of a member") }
      let name = try string()
      skipSpaces()
      guard next == UInt8(ascii: ":") else { throw failure("no ':' follows the name of a member") }
      position += 1
      members.append(JSONValue.Member(name: name, value: try value()))
    } while try !ends(with: UInt8(ascii: "}"))
    return .object(members)
  }

  private mutating func number() throws(TokenizerError) -> JSONValue {
    let start = position
    let isNegative = take("-")
    var (digits, exponent, hasDigits): (UInt64, Int, Bool) = (0, 0, false)
    var isFraction = false
    while let byte = next, JSONReader.digits.contains(byte) || byte == UInt8(ascii: ".") && !isFraction {
      position += 1
      guard byte != UInt8(ascii: ".") else {
        isFraction = true
        continue
      }
      hasDigits = true
      // What 64 bits cannot hold is less than a float64 can tell.
      if digits < 1_000_000_000_000_000_000 {
        digits = digits * 10 + UInt64(byte - UInt8(ascii: "0"))
        if isFraction { exponent -= 1 }
      } else if !isFraction {
        exponent += 1
      }
    }
    if let byte = next, byte | 0x20 == UInt8(ascii: "e") {
      position += 1
      let first = position
      if let byte = next, byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") { position += 1 }
      while let byte = next, JSONReader.digits.contains(byte) { position += 1 }
      let power = Int(String(decoding: bytes[first..<position], as: UTF8.self))
      hasDigits = hasDigits && power != nil
      exponent += min(max(power ?? 0, -10_000), 10_000)
    }
    // One rounding of the digits and one of the quotient, as Hugging Face's package reads numbers: of two ways to cut a text
    // whose scores are equal but for rounding, it depends on the last bit of a score which is taken.
    var value = Double(digits)
    if digits != 0, exponent < -308 { (value, exponent) = (value / 1e308, exponent + 308) }
    if digits != 0 {
      value = exponent < 0 ? value / pow(10, Double(-exponent)) : value * pow(10, Double(exponent))
    }
    guard hasDigits, value.isFinite else {
      let text = String(decoding: bytes[start..<position], as: UTF8.self)
      position = start
      throw failure("\(text) is no number")
    }
    if isNegative { value.negate() }
    return .number(value)
  }

  private mutating func string() throws(TokenizerError) -> [UInt8] {
    position += 1
    var result: [UInt8] = []
    var start = position
    while true {
      guard let byte = next else { throw failure("it ends within a text") }
      switch byte {
      case UInt8(ascii: "\""):
        result += bytes[start..<position]
        guard UTF8Text.firstInvalid(result) == nil else { throw failure("a text ends that is no UTF-8") }
        position += 1
        return result
      case UInt8(ascii: "\\"):
        result += bytes[start..<position]
        position += 1
        UTF8Text.append(try escape(), to: &result)
        start = position
      case 0..<0x20: throw failure("a text holds the control character \(byte)")
      default: position += 1
      }
    }
  }

  private mutating func escape() throws(TokenizerError) -> Unicode.Scalar {
    guard let byte = next else { throw failure("it ends within a text") }
    position += 1
    switch byte {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "u"):
      let high = try codeUnit()
      if let scalar = Unicode.Scalar(high) { return scalar }
      // Beyond the 65,536 first characters there are two escapes for one.
      guard high < 0xDC00, take("\\u") else { throw failure("a text holds half of a surrogate pair") }
      let low = try codeUnit()
      guard (0xDC00..<0xE000).contains(low),
        let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
      else { throw failure("a text holds half of a surrogate pair") }
      return scalar
    default: throw failure("a text holds an unknown escape")
    }
  }

  private mutating func codeUnit() throws(TokenizerError) -> UInt32 {
    guard bytes.count - position >= 4,
      let unit = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16),
      bytes[position] != UInt8(ascii: "+")
    else { throw failure("a text holds an escape without four hexadecimal digits") }
    position += 4
    return unit
  }
}
