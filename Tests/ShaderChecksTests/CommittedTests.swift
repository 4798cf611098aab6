import Foundation
import Shaders
import Testing

/// SPIR-V modules that are committed, because the shaderc that builds the package may be too old to compile
/// them.
@Suite("Committed SPIR-V")
struct CommittedTests {
  private static let tool = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Tools/cooperative-matrices")

  /// The tool's exit code and output, without downloads.
  private static let check: (code: Int32, text: String) = {
    let process = Process()
    process.executableURL = tool
    process.arguments = ["--check", "--offline"]
    let output = Pipe()
    (process.standardOutput, process.standardError) = (output, output)
    do { try process.run() } catch {
      return (69, "\(tool.path) cannot be run: \(error.localizedDescription)")
    }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }()

  @Test(
    "is valid, and what its source compiles to",
    .enabled(if: check.code != 69, "\(check.text.split(separator: "\n").first ?? "")"))
  func fresh() {
    #expect(Self.check.code == 0, "\(Self.check.text)")
  }

  @Test("is in the package, each module once, and not among what was compiled with it")
  func modules() {
    let names = Shader.committed.map(\.name)
    #expect(names.count == 12 && Set(names).count == 12)
    #expect(Set(names).isDisjoint(with: Shader.all.map(\.name)))
    for shader in Shader.committed { #expect(shader.spirv().first == 0x0723_0203, "\(shader.name)") }
  }
}
