/// A path or file name as the system represents it: bytes that may not be valid text.
public struct FilePath: Hashable, Sendable {
  let bytes: [UInt8]

  public init(_ text: String) { bytes = Array(text.utf8) }

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// The path of an item in this folder.
  func appending(_ name: FilePath) -> FilePath {
    FilePath(bytes: bytes.last == UInt8(ascii: "/") ? bytes + name.bytes : bytes + [0x2F] + name.bytes)
  }

  var isHidden: Bool { bytes.first == UInt8(ascii: ".") }

  /// The part after the last dot, in lower case; empty without one.
  var fileExtension: String {
    guard let dot = bytes.lastIndex(of: UInt8(ascii: ".")), !bytes[dot...].contains(0x2F) else { return "" }
    return String(decoding: bytes[(dot + 1)...], as: UTF8.self).lowercased()
  }

  func withCString<R>(_ body: (UnsafePointer<CChar>) -> R) -> R {
    // The array is passed as a pointer to its characters.
    body((bytes + [0]).map { CChar(bitPattern: $0) })
  }

  static func isBefore(_ a: FilePath, _ b: FilePath) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }
}

extension FilePath: CustomStringConvertible {
  /// As text; invalid bytes are escaped as in "caf\xE9".
  public var description: String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    var text = ""
    var rest = bytes[...]
    while let first = rest.first {
      let character = (1...4).lazy.compactMap { String(validating: rest.prefix($0), as: UTF8.self) }.first
      text += character ?? "\\x" + (first < 16 ? "0" : "") + String(first, radix: 16, uppercase: true)
      rest = rest.dropFirst(character?.utf8.count ?? 1)
    }
    return text
  }
}
