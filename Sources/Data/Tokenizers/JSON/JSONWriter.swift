/// Writes JSON as indented text, with lists of plain values in one line.
enum JSONWriter {
  static func text(of value: JSONValue) -> [UInt8] {
    var result: [UInt8] = []
    write(value, indent: 0, to: &result)
    result.append(0x0A)
    return result
  }

  private static func write(_ value: JSONValue, indent: Int, to result: inout [UInt8]) {
    switch value {
    case .null: result += "null".utf8
    case .bool(let value): result += (value ? "true" : "false").utf8
    case .number(let value): result += text(of: value).utf8
    case .string(let bytes): write(bytes, to: &result)
    case .array(let values):
      let isFlat = values.allSatisfy {
        switch $0 {
        case .array, .object: false
        default: true
        }
      }
      result.append(UInt8(ascii: "["))
      for (index, value) in values.enumerated() {
        if index > 0 { result += (isFlat ? ", " : ",").utf8 }
        if !isFlat { newLine(indent + 1, &result) }
        write(value, indent: indent + 1, to: &result)
      }
      if !isFlat { newLine(indent, &result) }
      result.append(UInt8(ascii: "]"))
    case .object(let members):
      result.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { result.append(UInt8(ascii: ",")) }
        newLine(indent + 1, &result)
        write(member.name, to: &result)
        result += ": ".utf8
        write(member.value, indent: indent + 1, to: &result)
      }
      if !members.isEmpty { newLine(indent, &result) }
      result.append(UInt8(ascii: "}"))
    }
  }

  /// A number that reading makes the same of: its rounding is not that of Swift's texts.
  private static func text(of value: Double) -> String {
    if let whole = Int(exactly: value) { return "\(whole)" }
    let near = [value, value.nextUp, value.nextDown, value.nextUp.nextUp, value.nextDown.nextDown]
    let same = near.first { (try? JSONReader.read(Array("\($0)".utf8))) == .number(value) }
    return "\(same ?? value)"
  }

  private static func newLine(_ indent: Int, _ result: inout [UInt8]) {
    result.append(0x0A)
    result += repeatElement(0x20, count: 2 * indent)
  }

  private static func write(_ text: [UInt8], to result: inout [UInt8]) {
    result.append(UInt8(ascii: "\""))
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): result += [UInt8(ascii: "\\"), byte]
      case 0x0A: result += "\\n".utf8
      case 0x0D: result += "\\r".utf8
      case 0x09: result += "\\t".utf8
      case 0..<0x20, 0x7F:
        let digits = String(byte, radix: 16)
        result += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8
      default: result.append(byte)
      }
    }
    result.append(UInt8(ascii: "\""))
  }
}
