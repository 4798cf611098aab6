import Pictures

/// The kind of a file, detected from its first bytes, independent of its name.
enum FileKind: Hashable, Sendable {
  case picture(PictureFormat)
  case empty
  case zip
  case gzip
  case tar
  case numPyArray
  case pickle
  case idx
  /// Another known kind, by its name: "HDF5", "text".
  case known(String)
  case unknown
  /// Unreadable, such as a dangling link.
  case closed

  /// The number of bytes examined.
  static let headCount = PictureFormat.headCount

  init(head: [UInt8]) {
    func has(_ bytes: [UInt8], at offset: Int = 0) -> Bool {
      head.count >= offset + bytes.count && head[offset..<offset + bytes.count].elementsEqual(bytes)
    }
    func has(_ text: String, at offset: Int = 0) -> Bool { has(Array(text.utf8), at: offset) }
    if head.isEmpty {
      self = .empty
    } else if let format = PictureFormat(head: head) {
      self = .picture(format)
    } else if has([0x50, 0x4B, 3, 4]) || has([0x50, 0x4B, 5, 6]) {
      self = .zip
    } else if has([0x1F, 0x8B]) {
      self = .gzip
    } else if has("ustar", at: 257) {
      self = .tar
    } else if has([0x93] + Array("NUMPY".utf8)) {
      self = .numPyArray
    } else if has([0, 0, 8, 1]) || has([0, 0, 8, 3]) {
      self = .idx
    } else if head.count > 2, head[0] == 0x80, (2...5).contains(head[1]) {
      self = .pickle
    } else if let name = Self.signatures.first(where: { has($0.bytes, at: $0.offset) })?.name {
      self = .known(name)
    } else {
      self = Self.text(head).map(FileKind.known) ?? .unknown
    }
  }

  private static let signatures: [(name: String, bytes: [UInt8], offset: Int)] = [
    ("HDF5", [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], 0),
    ("Parquet", Array("PAR1".utf8), 0), ("Arrow", Array("ARROW1".utf8), 0),
    ("MATLAB", Array("MATLAB 5.0".utf8), 0), ("LMDB", [0xDE, 0xC0, 0xEF, 0xBE], 16),
    ("SQLite", Array("SQLite format 3".utf8), 0), ("PDF", Array("%PDF".utf8), 0),
    ("RAR", Array("Rar!".utf8), 0), ("7z", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], 0),
    ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], 0), ("Zstandard", [0x28, 0xB5, 0x2F, 0xFD], 0),
    ("bzip2", Array("BZh".utf8), 0), ("MP4 or MOV video", Array("ftyp".utf8), 4),
    ("Matroska video", [0x1A, 0x45, 0xDF, 0xA3], 0), ("AVI video", Array("AVI ".utf8), 8),
    ("WAV audio", Array("WAVE".utf8), 8), ("MP3 audio", Array("ID3".utf8), 0),
    ("program", [0x7F, 0x45, 0x4C, 0x46], 0), ("program", [0x4D, 0x5A, 0x90, 0], 0),
    ("old Office document", [0xD0, 0xCF, 0x11, 0xE0], 0),
    ("font", [0, 1, 0, 0, 0], 0), ("Mac resource", [0, 5, 0x16, 7], 0),
  ]

  /// The kind of text by its beginning; nil if it is no text.
  private static func text(_ head: [UInt8]) -> String? {
    let isUTF16 = head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF])
    guard isUTF16 || head.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || (7...13).contains($0) || $0 == 0x1B })
    else {
      return nil
    }
    let text = String(decoding: head, as: UTF8.self).lowercased()
    let start = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
    if start.hasPrefix("<!doctype html") || start.hasPrefix("<html") { return "HTML" }
    if start.hasPrefix("<?xml") { return "XML" }
    if start.hasPrefix("{") || start.hasPrefix("[") { return "JSON" }
    if start.hasPrefix("version https://git-lfs") { return "Git LFS pointer" }
    let line = text.prefix { $0 != "\n" && $0 != "\r\n" }
    return [",", ";", "\t"].contains { separator in line.split(separator: separator).count > 2 }
      ? "CSV" : "text"
  }

  /// "HDF5", "PNG": a word to precede "file".
  var name: String {
    switch self {
    case .picture(let format): format.rawValue
    case .empty: "empty"
    case .zip: "zip"
    case .gzip: "gzip"
    case .tar: "tar"
    case .numPyArray: "NumPy"
    case .pickle: "pickle"
    case .idx: "IDX"
    case .known(let name): name
    case .unknown: "unknown"
    case .closed: "closed"
    }
  }
}
