import Foundation

/// A `.comp` file, and its variants.
///
/// A line `//! variant gemmHalf TYPE=float16_t WIDTH=8` defines a module `gemmHalf` with these macros. A file
/// without such lines yields one module, named like itself; a file with them yields only its variants.
struct ShaderFile {
  struct Variant {
    let name: String
    let definitions: [(String, String)]
    /// The number of its `//!` line.
    let line: Int
  }

  let path: String
  /// The directory's name: "Matmul" for `Shaders/Matmul/gemm.comp`.
  let family: String
  let source: String
  let variants: [Variant]

  init(path: String) throws(Diagnostic) {
    let url = URL(filePath: path)
    do {
      source = try String(contentsOf: url, encoding: .utf8)
    } catch {
      throw Diagnostic(path: path, line: 1, "cannot be read: \(error.localizedDescription)")
    }
    self.path = path
    family = url.deletingLastPathComponent().lastPathComponent
    let asked = try Self.variants(in: source, path)
    let fileName = url.deletingPathExtension().lastPathComponent
    variants = asked.isEmpty ? [Variant(name: fileName, definitions: [], line: 1)] : asked
    for variant in variants where !Self.isUsable(variant.name) {
      throw Diagnostic(
        path: path, line: variant.line, "'\(variant.name)' cannot be the name of a Swift constant")
    }
  }

  /// The path of a variant's precompiled module.
  func modulePath(of variant: Variant) -> String {
    URL(filePath: path).deletingLastPathComponent().appending(path: variant.name + ".spv").path
  }

  private static func variants(in source: String, _ path: String) throws(Diagnostic) -> [Variant] {
    var variants: [Variant] = []
    for (index, text) in source.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let words = text.split(whereSeparator: \.isWhitespace)
      guard words.first == "//!" else { continue }
      guard words.count >= 3, words[1] == "variant" else {
        throw Diagnostic(path: path, line: index + 1, "expected '//! variant name KEY=VALUE …'")
      }
      var definitions: [(String, String)] = []
      for word in words[3...] {
        let pair = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard pair.count == 2, !pair[0].isEmpty else {
          throw Diagnostic(path: path, line: index + 1, "'\(word)' is not of the form KEY=VALUE")
        }
        definitions.append((String(pair[0]), String(pair[1])))
      }
      variants.append(Variant(name: String(words[2]), definitions: definitions, line: index + 1))
    }
    return variants
  }

  private static func isUsable(_ name: String) -> Bool {
    let reserved: Set = ["all", "init", "self", "Self", "Type"]
    guard let first = name.first, first.isLetter, !reserved.contains(name) else { return false }
    return name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
  }
}
