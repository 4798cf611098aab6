/// Something wrong with a shader, in the form that build systems and editors understand.
struct Diagnostic: Error, CustomStringConvertible {
  let description: String

  /// The `line` is counted from 1.
  init(path: String, line: Int, _ message: String) {
    description = "\(path):\(line): error: \(message)"
  }

  /// A finished text of one or more such lines.
  init(_ text: String) { description = text }
}
