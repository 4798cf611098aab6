import Foundation
import ShaderCompiler

/// One SPIR-V module, and the Swift that carries it.
struct CompiledShader {
  let family: String
  let name: String
  let words: [UInt32]

  init(_ variant: ShaderFile.Variant, of file: ShaderFile, _ compiler: GLSLCompiler) throws(Diagnostic) {
    do {
      words = try compiler.compile(
        file.source, name: file.path, definitions: variant.definitions,
        include: { try? String(contentsOf: URL(filePath: $0), encoding: .utf8) })
    } catch {
      let place = variant.definitions.isEmpty ? "" : "\n\(file.path):\(variant.line): note: in this variant"
      throw Diagnostic(error.message + place)
    }
    (family, name) = (file.family, variant.name)
  }

  var swift: String {
    let bytes = words.withUnsafeBytes { Data($0) }
    return """
        /// `\(family)/\(name)`, \(bytes.count) bytes.
        package static let `\(name)` = Shader(
          name: "\(family)/\(name)",
          base64: "\(bytes.base64EncodedString())")

      """
  }
}
