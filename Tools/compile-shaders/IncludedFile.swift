import Foundation

/// A `.glsl` file, included by shaders.
struct IncludedFile {
  let name: String
  let source: String

  init(path: String) throws(Diagnostic) {
    let url = URL(filePath: path)
    name = url.lastPathComponent
    do {
      source = try String(contentsOf: url, encoding: .utf8)
    } catch {
      throw Diagnostic(path: path, line: 1, "cannot be read: \(error.localizedDescription)")
    }
  }

  /// An element of a dictionary literal.
  var swift: String { "\"\(name)\": ####\"\"\"\n\(source)\n\"\"\"####" }
}
