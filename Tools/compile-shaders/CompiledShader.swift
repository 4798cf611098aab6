import Foundation
import ShaderCompiler

/// One SPIR-V module, and its Swift source.
struct CompiledShader {
  let family: String
  let name: String
  let words: [UInt32]

  /// True if the module was precompiled.
  let isCommitted: Bool

  init(_ variant: ShaderFile.Variant, of file: ShaderFile, _ compiler: GLSLCompiler) throws(Diagnostic) {
    do {
      words = try compiler.compile(
        file.source, name: file.path, definitions: variant.definitions,
        include: { try? String(contentsOf: URL(filePath: $0), encoding: .utf8) })
    } catch {
      let place = variant.definitions.isEmpty ? "" : "\n\(file.path):\(variant.line): note: in this variant"
      throw Diagnostic(error.message + place)
    }
    (family, name, isCommitted) = (file.family, variant.name, false)
  }

  /// A module precompiled from the variant by a newer compiler.
  init(
    _ variant: ShaderFile.Variant, of file: ShaderFile, committedAs path: String
  ) throws(Diagnostic) {
    let bytes: Data
    do {
      bytes = try Data(contentsOf: URL(filePath: path))
    } catch {
      throw Diagnostic(path: path, line: 1, "cannot be read: \(error.localizedDescription)")
    }
    words = bytes.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count / 4 * 4, by: 4).map {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self))
      }
    }
    guard words.first == 0x0723_0203, bytes.count.isMultiple(of: 4) else {
      throw Diagnostic(path: path, line: 1, "is no SPIR-V module")
    }
    (family, name, isCommitted) = (file.family, variant.name, true)
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
