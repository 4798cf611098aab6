extension Int {
  /// Parses a size: "512MB", "4GB", "1.5GiB" or a plain number of bytes.
  ///
  /// MB and the like are powers of 1000, MiB and the like of 1024. Nil for an invalid size, zero, and
  /// overflow.
  package init?(byteCount text: String) {
    let number = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
    let unit = text.dropFirst(number.count).drop { $0 == " " }.lowercased()
    guard let scale = Int.byteUnits[unit], number.first != ".", number.last != ".",
      let count = Double(number)
    else { return nil }
    let bytes = (count * scale).rounded(.down)
    // A fraction of a byte is an error.
    guard bytes >= 1, bytes < 0x1p63, scale > 1 || bytes == count else { return nil }
    self.init(bytes)
  }

  private static let byteUnits: [String: Double] = [
    "": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "kib": 0x1p10, "mib": 0x1p20, "gib": 0x1p30,
    "tib": 0x1p40,
  ]
}

extension Int {
  /// Bytes in megabytes of 1000² bytes: "1.5 MB".
  package func inMegabytes(decimals: Int = 1) -> String {
    NumberText.decimal(Double(self) / 1e6, decimals) + " MB"
  }

  /// Bytes in gigabytes of 1000³ bytes: "25.8 GB".
  package var inGigabytes: String { NumberText.decimal(Double(self) / 1e9, 1) + " GB" }
}
