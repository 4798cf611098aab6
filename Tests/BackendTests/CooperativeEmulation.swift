#if VULKAN
import Foundation
import ShaderCompiler
import VulkanBackend

/// The cooperative-matrix shaders, compiled with the matrix operations emulated in scalar code; everything
/// else runs as on a device with matrix units.
enum CooperativeEmulation {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Shaders/Cooperative")

  static let modules: Result<[String: [UInt32]], any Error> = Result { try compiled() }

  /// - Parameters:
  /// - subgroupSize: at least 16 for large tiles: below, Mesa 22.3 loses the last of 2 KiB of an invocation's
  /// arrays.
  /// - size: the rows, columns and depth of a cooperative matrix.
  static func units(
    subgroupSize: Int = 32, size: (Int, Int, Int) = (16, 16, 16), leastFlops: Int = 0,
    leastLargeTiles: Int = 128, isChecked: Bool = false
  ) throws -> EmulatedUnits {
    EmulatedUnits(
      modules: try modules.get(), subgroupSize: subgroupSize, rows: size.0, columns: size.1, depth: size.2,
      leastFlops: leastFlops, leastLargeTiles: leastLargeTiles, isChecked: isChecked)
  }

  private static func compiled() throws -> [String: [UInt32]] {
    let compiler = GLSLCompiler()
    var modules: [String: [UInt32]] = [:]
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    for file in files where file.pathExtension == "comp" {
      let source = try String(contentsOf: file, encoding: .utf8)
      for line in source.split(separator: "\n") where line.hasPrefix("//! variant ") {
        let words = line.split(separator: " ").dropFirst(2).map(String.init)
        let macros = words.dropFirst().map { word in
          let pair = word.split(separator: "=").map(String.init)
          return (pair[0], pair[1])
        }
        modules["Cooperative/\(words[0])"] = try compiler.compile(
          source, name: file.path, definitions: macros + [("EMULATED", "1")],
          include: { try? String(contentsOf: URL(fileURLWithPath: $0), encoding: .utf8) })
      }
    }
    return modules
  }
}
#endif
