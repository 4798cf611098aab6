import Glibc

/// The resident memory of this process.
public enum ResidentMemory {
  /// Bytes (`VmRSS` of Linux); nil if unknown.
  public static var byteCount: Int? { byteCount(of: "VmRSS:") }

  /// The peak (`VmHWM`).
  package static var peakByteCount: Int? { byteCount(of: "VmHWM:") }

  private static func byteCount(of field: String) -> Int? {
    guard let file = fopen("/proc/self/status", "re") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
      let words = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        .split(whereSeparator: \.isWhitespace)
      if words.count == 3, words[0] == field, let kibibytes = Int(words[1]) { return kibibytes << 10 }
    }
    return nil
  }
}
