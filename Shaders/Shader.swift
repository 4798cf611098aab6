/// A compute shader, compiled to SPIR-V when the package was built, or before.
///
/// The plugin CompileShaders adds one static member for each `.comp` file in this directory, or for each of its
/// variants, `Shader.all`, `Shader.committed`, and `Shader.includes`: the texts in `include`, for shaders that are compiled
/// at run time.
package struct Shader: Sendable {
  /// Family and shader, such as "Matmul/gemm".
  package let name: String
  /// The SPIR-V module, as text because that compiles fast: 100 KB in 0.1 s, versus 15 s as a byte array.
  package let base64: StaticString

  package init(name: String, base64: StaticString) {
    (self.name, self.base64) = (name, base64)
  }

  /// Decodes the module on each call: keep the pipeline, not the words.
  package func spirv() -> [UInt32] {
    let text = UnsafeBufferPointer(start: base64.utf8Start, count: base64.utf8CodeUnitCount)
    return decodeBase64Words(text)
  }
}

extension Shader: Hashable {
  package static func == (left: Shader, right: Shader) -> Bool { left.name == right.name }
  package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// Decodes padded base64 (RFC 4648, section 4) of little-endian 32-bit words.
private func decodeBase64Words(_ text: UnsafeBufferPointer<UInt8>) -> [UInt32] {
  precondition(text.count.isMultiple(of: 4), "base64 text of \(text.count) characters")
  let padding = text.suffix(2).count { $0 == UInt8(ascii: "=") }
  let byteCount = text.count / 4 * 3 - padding
  precondition(byteCount.isMultiple(of: 4), "\(byteCount) bytes are no whole number of SPIR-V words")

  return [UInt32](unsafeUninitializedCapacity: byteCount / 4) { words, wordCount in
    let bytes = UnsafeMutableRawBufferPointer(words)
    base64Values.withUnsafeBufferPointer { values in
      var next = 0
      for start in stride(from: 0, to: text.count, by: 4) {
        var bits: UInt32 = 0
        for character in text[start..<start + 4] { bits = bits << 6 | UInt32(values[Int(character)]) }
        // Four characters carry three bytes, the highest first; the last four may carry fewer.
        for shift: UInt32 in [16, 8, 0] where next < byteCount {
          bytes[next] = UInt8(truncatingIfNeeded: bits >> shift)
          next += 1
        }
      }
    }
    wordCount = byteCount / 4
  }
}

/// The six bits of each character; zero for `=` and for invalid characters.
private let base64Values: [UInt8] = {
  var values = [UInt8](repeating: 0, count: 256)
  let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
  for (value, character) in alphabet.utf8.enumerated() { values[Int(character)] = UInt8(value) }
  return values
}()
