import FoundationEssentials
import Tensors

/// The safetensors format.
///
/// Headers are not trusted: every size is checked against the file.
enum Safetensors {
  struct Malformed: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  /// The format's own limit.
  private static let maximumHeader = 100_000_000

  /// The file in parts, to avoid copying tensors together.
  static func encode(_ checkpoint: Checkpoint) -> [[UInt8]] {
    var entries: [String] = []
    if !checkpoint.metadata.isEmpty {
      let texts = checkpoint.metadata.sorted { $0.key < $1.key }.map {
        "\(quoted($0.key)):\(quoted($0.value))"
      }
      entries.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
    }
    let tensors = checkpoint.tensors.sorted { $0.key < $1.key }
    var offset = 0
    for (name, values) in tensors {
      let shape = values.shape.dimensions.map(String.init).joined(separator: ",")
      let end = offset + values.bytes.count
      entries.append(
        "\(quoted(name)):{\"dtype\":\"\(values.dtype.safetensorsCode)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}"
      )
      offset = end
    }
    var header = Array("{\(entries.joined(separator: ","))}".utf8)
    // Trailing spaces align the tensors to eight bytes.
    header += [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    return [length + header] + tensors.map(\.value.bytes)
  }

  /// Reads the header, and checks that the tensors' bytes follow one another to the end of the file.
  ///
  /// - Parameters:
  ///   - byteCount: of the whole file.
  ///   - read: gives a range of the file's bytes.
  static func layout(
    byteCount: Int, read: (Range<Int>) throws(Malformed) -> [UInt8]
  ) throws(Malformed) -> [SafetensorsLayout.Entry] {
    let (header, data) = try header(byteCount: byteCount, read: read)
    var end = 0
    for (name, entry) in header.inOrder {
      guard entry.begin == end, entry.end <= byteCount - data else {
        throw Malformed(
          "is truncated or damaged: the header puts '\(name)' at \(entry.begin) ..< \(entry.end) of \(byteCount - data), "
            + "where \(end) is expected")
      }
      end = entry.end
    }
    try check(end: end, of: byteCount - data)
    return header.tensors.sorted { $0.key < $1.key }.map { name, entry in
      SafetensorsLayout.Entry(
        name: name, type: entry.dtype, shape: entry.shape, range: data + entry.begin..<data + entry.end)
    }
  }

  /// The header, and where the tensors' bytes begin.
  private static func header(
    byteCount: Int, read: (Range<Int>) throws(Malformed) -> [UInt8]
  ) throws(Malformed) -> (header: Header, data: Int) {
    guard byteCount >= 8 else {
      throw Malformed("is no safetensors file: it has only \(byteCount) bytes.")
    }
    let start = try read(0..<min(9, byteCount))
    let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(start[$1]) << (8 * UInt64($1)) }
    guard length <= maximumHeader, length <= byteCount - 8, start.count > 8, start[8] == UInt8(ascii: "{")
    else {
      throw Malformed(
        "is no safetensors file, or a truncated one: it claims a header of \(length) bytes and has \(byteCount) in all"
      )
    }
    let data = 8 + Int(length)
    let text = try read(8..<data)
    guard let header = try? JSONDecoder().decode(Header.self, from: Data(text)) else {
      throw Malformed("has a header that is no valid JSON of the safetensors format")
    }
    return (header, data)
  }

  /// - Parameter end: of the last tensor.
  private static func check(end: Int, of room: Int) throws(Malformed) {
    guard end == room else {
      throw Malformed(
        "is truncated or damaged: its tensors take \(end) bytes, but \(room) follow the header")
    }
  }

  /// Reads the header, and of the tensors only those that are wanted.
  ///
  /// - Parameters:
  ///   - byteCount: of the whole file.
  ///   - isLeftOut: whether a tensor is passed over, of whatever type it is.
  ///   - read: gives a range of the file's bytes.
  static func decode(
    byteCount: Int, leavingOut isLeftOut: (String) -> Bool,
    read: (Range<Int>) throws(Malformed) -> [UInt8]
  ) throws(Malformed) -> Checkpoint {
    let (header, data) = try header(byteCount: byteCount, read: read)
    var tensors: [String: TensorValues] = [:]
    var end = 0
    for (name, entry) in header.inOrder {
      let room = byteCount - data
      // A skipped tensor's range is still checked, for those that follow.
      if !isLeftOut(name) || entry.begin != end || entry.end > room {
        let stored = try check(entry, name, expecting: end, room: room)
        tensors[name] = TensorValues(
          bytes: try read(data + entry.begin..<data + entry.end), shape: Shape(entry.shape), dtype: stored)
      }
      end = entry.end
    }
    try check(end: end, of: byteCount - data)
    return Checkpoint(tensors: tensors, metadata: header.metadata)
  }

  /// The stored element type of a tensor, after checking its type and offsets.
  private static func check(
    _ entry: Header.Entry, _ name: String, expecting begin: Int, room: Int
  ) throws(Malformed) -> DType {
    guard let stored = DType(safetensors: entry.dtype) else {
      throw Malformed("holds '\(name)' as \(entry.dtype), a type that Lemnos does not have")
    }
    var byteCount = stored.byteCount
    for extent in entry.shape {
      let (product, overflows) = byteCount.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflows else {
        throw Malformed("claims an impossible shape \(entry.shape) for '\(name)'.")
      }
      byteCount = product
    }
    guard entry.begin == begin, entry.end - entry.begin == byteCount, entry.end <= room else {
      throw Malformed(
        "is truncated or damaged: '\(name)' \(entry.shape) takes \(byteCount) bytes, "
          + "but the header puts it at \(entry.begin) ..< \(entry.end) of \(room)")
    }
    return stored
  }

  /// A JSON string.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\u{0}"..<" ":
        let hex = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// The JSON header: one key per tensor, and one for the metadata.
private struct Header: Decodable {
  struct Entry: Decodable {
    let dtype: String
    let shape: [Int]
    let begin: Int
    let end: Int

    private enum Key: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: Key.self)
      dtype = try values.decode(String.self, forKey: .dtype)
      shape = try values.decode([Int].self, forKey: .shape)
      let offsets = try values.decode([Int].self, forKey: .offsets)
      guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1] else {
        throw DecodingError.dataCorruptedError(forKey: .offsets, in: values, debugDescription: "no range")
      }
      (begin, end) = (offsets[0], offsets[1])
    }
  }

  private struct Name: CodingKey {
    let stringValue: String
    let intValue: Int? = nil
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  var tensors: [String: Entry] = [:]

  /// An empty tensor begins where the next one does, and comes before it.
  var inOrder: [(key: String, value: Entry)] {
    tensors.sorted { ($0.value.begin, $0.value.end) < ($1.value.begin, $1.value.end) }
  }

  var metadata: [String: String] = [:]

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Name.self)
    for key in values.allKeys {
      if key.stringValue == "__metadata__" {
        metadata = try values.decode([String: String].self, forKey: key)
      } else {
        tensors[key.stringValue] = try values.decode(Entry.self, forKey: key)
      }
    }
  }
}
