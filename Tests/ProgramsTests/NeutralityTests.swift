import Foundation
import Testing

@Suite("Planning of programs")
struct NeutralityTests {
  /// What a backend wants of planning is said in its `FusionPolicy`.
  @Test("knows no backend")
  func words() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources/Core/Programs")
    let files = try #require(FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
    let backends = #"\b(CPUs?|GPUs?|[Pp]rocessors?|[Vv]ulkan|[Ss]haders?|workgroups?|llvmpipe|cards?)\b"#
    var count = 0
    for case let file as URL in files where file.pathExtension == "swift" {
      count += 1
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        #expect(
          line.range(of: backends, options: .regularExpression) == nil, "\(file.lastPathComponent): \(line)")
      }
    }
    #expect(count > 20)
  }
}
