import Wording

/// Text padded to a fixed width, for tables that are printed row by row.
enum Column {
  static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  /// Milliseconds with about four significant digits.
  static func milliseconds(_ seconds: Double) -> String {
    let x = seconds * 1e3
    return NumberText.decimal(x, x < 1 ? 4 : x < 10 ? 3 : x < 100 ? 2 : 1)
  }
}
