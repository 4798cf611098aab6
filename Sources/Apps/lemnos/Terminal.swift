import Glibc

/// Standard output and error, as the program uses them.
enum Terminal {
  /// The command as the user called it, so that suggested commands can be pasted.
  static let program = CommandLine.arguments.first ?? "lemnos"

  /// True if standard output is a terminal.
  static let isInteractive = isatty(STDOUT_FILENO) == 1

  /// The columns of the terminal; 80 if unknown.
  static var width: Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  static func write(_ text: String) { write(text, to: STDOUT_FILENO) }
  static func writeError(_ text: String) { write(text, to: STDERR_FILENO) }

  /// The text without control characters that affect a terminal, other than line feeds, carriage returns and
  /// clearing of the line's end: names in files may contain anything.
  static func harmless(_ text: String) -> String {
    let isHarmless = { (scalar: Unicode.Scalar) in
      scalar.properties.generalCategory != .control || "\n\r\t".unicodeScalars.contains(scalar)
    }
    guard !text.unicodeScalars.allSatisfy(isHarmless) else { return text }
    return text.split(separator: clearing, omittingEmptySubsequences: false).map { part in
      String(String.UnicodeScalarView(part.unicodeScalars.map { isHarmless($0) ? $0 : "\u{FFFD}" }))
    }.joined(separator: clearing)
  }

  /// The escape sequence that clears the rest of a line.
  static let clearing = "\u{1B}[K"

  private static func write(_ text: String, to file: Int32) {
    var bytes = Array(harmless(text).utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }
}
