#if VULKAN
import TestSupport
import Testing

@testable import VulkanBackend

/// Malformed text in a cache entry with a valid checksum: the text must be validated on its own.
@Suite("A damaged table in the cache")
struct CacheTextTests {
  private static let count = 20_000

  @Test("of tiles has only tiles that there are")
  func tiles() throws {
    let candidates = [MatrixForm.direct, .subgroup, .tiled].flatMap { MatrixTile.candidates($0) }
    let names = candidates.map(\.description)
    let file = Array(names.enumerated().map { "product \($0)\t\($1)" }.joined(separator: "\n").utf8)
    #expect(TileTable(file).bytes.count == file.count)
    var random = SplitMix64(seed: 11)
    for _ in 0..<Self.count {
      let text = String(decoding: TileTable(random.mutation(of: file)).bytes, as: UTF8.self)
      for line in text.split(separator: "\n") {
        let tile = try #require(line.split(separator: "\t").last)
        #expect(names.contains(String(tile)))
      }
    }
  }

  @Test("of what is in quarantine has only variants of this Lemnos")
  func quarantine() {
    let variants = ["matMulTiled", "convolutionDirect", "contractions"].map {
      Quarantine.Variant($0, isIndispensable: $0 == "contractions")
    }
    let file = Quarantine(variants: variants).bytes
    #expect(Quarantine(file).variants == variants)
    var random = SplitMix64(seed: 12)
    var kept = 0
    for _ in 0..<Self.count {
      let found = Quarantine(random.mutation(of: file)).variants
      kept += found.count
      for variant in found {
        let known = variants.first { $0.digest == variant.digest && $0.name == variant.name }
        // A generated kernel has no digest, and its name is not checked.
        #expect(known != nil || variant.digest.isEmpty, "\(variant)")
      }
    }
    #expect((Self.count..<3 * Self.count).contains(kept))
  }
}
#endif
