/// An error in a shader, in the format that build systems and editors parse.
struct Diagnostic: Error, CustomStringConvertible {
  let description: String

  /// The `line` is counted from 1.
  init(path: String, line: Int, _ message: String) {
    description = "\(path):\(line): error: \(message)"
  }

  /// An already formatted text of one or more such lines.
  init(_ text: String) { description = text }
}
