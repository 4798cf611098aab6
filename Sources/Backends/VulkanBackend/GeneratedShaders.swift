import Files
import ShaderCompiler
import Shaders

/// Compiles generated kernels, and caches their SPIR-V on disk.
final class GeneratedShaders {
  private let disk: DiskCache?
  /// Created on the first cache miss.
  private lazy var compiler = GLSLCompiler()
  /// The number of kernels compiled, not found on disk.
  private(set) var compilations = 0

  init(_ disk: DiskCache?) { self.disk = disk }

  func spirv(of source: String, label: String) throws -> [UInt32] {
    let key = CacheKey.spirv(of: source)
    if let bytes = disk?.payload(of: key), let words = GeneratedShaders.module(bytes) { return words }
    compilations += 1
    let words = try compiler.compile(source, name: label) { path in
      Shader.includes[String(path.split(separator: "/").last ?? "")]
    }
    disk?.keep(words.withUnsafeBytes { Array($0) }, under: key)
    return words
  }

  /// The words of a SPIR-V module; nil for other bytes.
  private static func module(_ bytes: [UInt8]) -> [UInt32]? {
    guard bytes.count >= 20, bytes.count.isMultiple(of: 4) else { return nil }
    let words = bytes.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: 4).map { bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self) }
    }
    return words[0] == 0x0723_0203 ? words : nil
  }
}
