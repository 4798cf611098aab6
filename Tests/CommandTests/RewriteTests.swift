import Foundation
import TestSupport
import Testing

@Suite("Rewrites on the command line")
struct RewriteTests {
  private struct Plan: Decodable {
    let bytes: Int
    let rewrites: [String: Int]
  }

  private func plan(_ options: String) throws -> Plan {
    let lines = try TemporaryFolder().succeed("plan --backend cpu --json \(options)").lines
    return try JSONDecoder().decode(Plan.self, from: Foundation.Data(lines[0].utf8))
  }

  @Test("are listed with what they gain, and how often each was applied")
  func table() throws {
    let network = "--model vgg11 --input 3x32x32 --batch-size 4"
    let lines = try TemporaryFolder().succeed("plan --backend cpu --rewrites \(network)").lines
    #expect(lines.first?.hasPrefix("vgg11, ") == true)
    #expect(lines.contains("mask-before-pooling, applied 5 times"))
    #expect(lines.contains("gather-shuffled-rows, not used"))
    #expect(lines.count { $0.hasPrefix("  gain: ") } == lines.count { $0.contains(" → ") })
    #expect(try plan(network).rewrites["mask-before-pooling"] == 5)
  }

  @Test("are left out by name, which shows what they gain")
  func leftOut() throws {
    let network = "--model resnet18 --input 3x32x32 --batch-size 4"
    let (all, some) = try (
      plan(network), plan("\(network) --without-rewrite channels-last,sum-without-transpose")
    )
    #expect(all.rewrites["channels-last", default: 0] > 50)
    #expect(some.rewrites["channels-last"] == nil && some.rewrites["sum-without-transpose"] == nil)
    #expect(3 * some.bytes > 4 * all.bytes)
  }

  @Test(
    "that nobody knows are refused, and the names told",
    arguments: ["plan", "bench steps", "bench ops"])
  func unknown(command: String) throws {
    let result = try TemporaryFolder().lemnos("\(command) --without-rewrite fold-constants,channels-first")
    #expect(result.code == 64)
    #expect(result.errors.contains("'channels-first' is unknown"))
    #expect(result.errors.contains("mask-before-pooling") && result.errors.contains("split-sums"))
  }

  @Test("may be left out of steps that are timed")
  func timed() throws {
    let steps = "--workload two-layer-net --batch-size 4 --losses 3 --seconds 0"
    let line = "bench steps \(steps) --backend cpu --json"
    let (all, some) = try (
      TemporaryFolder().succeed(line), TemporaryFolder().succeed("\(line) --without-rewrite fold-constants")
    )
    func losses(_ lines: [String]) -> [Double] {
      lines.compactMap { line in
        line.firstMatch(of: /"loss":([0-9.e-]+)/).flatMap { Double($0.1) }
      }
    }
    let (first, second) = (losses(all.lines), losses(some.lines))
    #expect(first.count == 3 && second.count == 3)
    #expect(zip(first, second).allSatisfy { abs($0 - $1) <= 1e-5 * abs($0) })
  }
}
