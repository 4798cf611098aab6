extension Int {
  /// A size as people write it: "512MB", "4GB", "1.5GiB" or a plain number of bytes.
  ///
  /// MB and its like are powers of 1000, MiB and its like of 1024. Nil for what is no such size, is nothing, or is too large.
  package init?(byteCount text: String) {
    let number = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
    let unit = text.dropFirst(number.count).drop { $0 == " " }.lowercased()
    guard let scale = Int.byteUnits[unit], number.first != ".", number.last != ".",
      let count = Double(number)
    else { return nil }
    let bytes = (count * scale).rounded(.down)
    // A part of a byte is a mistake.
    guard bytes >= 1, bytes < 0x1p63, scale > 1 || bytes == count else { return nil }
    self.init(bytes)
  }

  private static let byteUnits: [String: Double] = [
    "": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "kib": 0x1p10, "mib": 0x1p20, "gib": 0x1p30,
    "tib": 0x1p40,
  ]
}
