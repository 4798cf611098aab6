import Foundation
import TestSupport
import Testing

@Suite("lemnos diff")
struct DiffTests {
  private struct Comparison: Decodable {
    struct Element: Decodable {
      let index: [Int]
      let first: Double?
      let second: Double?
      let tolerance: Double?
      let ulps: Int?
    }
    struct Value: Decodable {
      let phase: String
      let subject: String
      let operations: [String]
      let type: String
      let state: String?
      let elements: Int
      let differing: Int
      let parted: Int
      let unbounded: Int
      let worst: Element?
    }
    let backends: [String]
    let batchSize: Int
    let values: [Value]
    let unmatched: [Int]
  }

  private func images() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    return folder
  }

  @Test("is a table, those first that are furthest apart, and a verdict")
  func table() throws {
    let folder = try images()
    let line = "diff two-layer-net --hidden 8 --data images --batch-size 4 --backends cpu,reference"
    let few = try folder.succeed(line).lines
    #expect(few[0] == "A training step of two-layer-net, 4 images, on cpu and reference.")
    #expect(few[1].hasPrefix("cpu: CPU (") && few[2] == "reference: the CPU's reference kernels, as asked.")
    #expect(
      few[3].split(separator: #/  +/#)
        == ["pass", "layer or state", "operations", "result", "differ", "ULP", "difference", "of tolerance"])
    let all = try folder.succeed("\(line) --all --after 5").lines
    #expect(few.last == all.last)
    #expect(all.last?.contains(/^The two agree in all \d+ values that both write to memory\.$/) == true)
    #expect(
      all.count > few.count
        && all.contains { $0.contains(/^forward +2 \(Dense\) +matmul, add +float32\[4, 10\]/) })
    let phases = all.compactMap { $0.firstMatch(of: #/^(forward|backward|update) /#)?.output.1 }
    #expect(Set(phases).count == 3 && phases.first == "forward" && phases.last == "update")
  }

  @Test("is one JSON object for programs, of any network on images of any size")
  func json() throws {
    let line = "diff resnet20 --input 3x8x8 --classes 7 --batch-size 3 --backends cpu,reference --json"
    let lines = try TemporaryFolder().succeed(line).lines
    #expect(lines.count == 1)
    let found = try JSONDecoder().decode(Comparison.self, from: Foundation.Data(lines[0].utf8))
    #expect(found.backends.count == 2 && found.batchSize == 3 && found.unmatched.count == 2)
    #expect(found.values.count > 200 && found.values.allSatisfy { $0.parted == 0 })
    let update = try #require(found.values.first { $0.state == "fc.weight" })
    #expect(update.phase == "update" && update.subject == "fc.weight" && update.type == "float32[64, 7]")
    for worst in found.values.compactMap(\.worst) {
      let (first, second) = (try #require(worst.first), try #require(worst.second))
      #expect(abs(first - second) <= (try #require(worst.tolerance)) && (worst.ulps ?? 0) > 0)
    }
  }

  @Test(
    "compares with a Vulkan device by its number, or the first",
    .enabled(if: VulkanUnderTest.missing == nil, "\(VulkanUnderTest.missing ?? "")"),
    arguments: ["", "--backends cpu,vulkan:0", "--backends vulkan,reference"])
  func vulkan(backends: String) throws {
    let line = "diff fully-connected-net --hidden 12,11 --normalization batch --dropout 0.2 --data images "
    let lines = try images().succeed(
      (line + "--batch-size 6 \(backends)").trimmingCharacters(in: .whitespaces)
    ).lines
    #expect(lines[1...2].contains { $0.hasPrefix("vulkan") && $0.contains(": Vulkan device ") })
    #expect(lines.last?.hasPrefix("The two agree in all ") == true)
  }

  @Test(
    "refuses what are no two backends, and two networks",
    arguments: [
      ("diff --backends cpu", "'cpu' are not two backends"),
      ("diff --backends cpu,cuda", "'cuda' is unknown"),
      ("diff --backends cpu,vulkan:", "'vulkan:' is unknown"),
      ("diff --backends cpu,cpu:1", "'cpu:1' is unknown"),
      ("diff resnet18 --model resnet18", "given twice"), ("diff --after -1", "--after is -1"),
      ("diff --input 3x8x8 --data cifar10", "not both"),
    ])
  func refusals(line: String, words: String) throws {
    try TemporaryFolder().expectRefusal(line, code: 64, words: [words])
  }

  @Test("says which device there is not", .enabled(if: VulkanUnderTest.missing == nil))
  func noDevice() throws {
    for device in ["97", "geforce"] {
      try images().expectRefusal(
        "diff --data images --batch-size 4 --backends cpu,vulkan:\(device)", code: 69,
        words: ["there is no Vulkan device \(device): choose 0"])
    }
  }
}
