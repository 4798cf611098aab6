/// The key of a cache entry: its kind, and all inputs that its content depends on.
package struct CacheKey: Hashable, Sendable {
  /// A readable word; part of the file's name.
  package let kind: String

  /// SHA-256 of kind and parts.
  package let digest: [UInt8]

  /// - Parameter parts: the inputs that the entry depends on; their boundaries are hashed too.
  package init(_ kind: String, parts: [[UInt8]]) {
    self.kind = kind
    var all = Array(kind.utf8) + [0]
    for part in parts {
      withUnsafeBytes(of: UInt64(part.count).littleEndian) { all += $0 }
      all += part
    }
    digest = SHA256.digest(of: all)
  }

  package init(_ kind: String, _ texts: [String]) { self.init(kind, parts: texts.map { Array($0.utf8) }) }

  /// Such as `spirv-0123…ef.entry`.
  package var fileName: String { "\(kind)-\(digest.hexadecimal).entry" }
}

extension [UInt8] {
  /// Two digits per byte.
  package var hexadecimal: String {
    map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
