#if VULKAN
import Files
import Execution
import Programs
import Tensors
import TestSupport
import Testing

@testable import VulkanBackend
@testable import VulkanDevice

@Suite("Tuning", .enabled(if: VulkanUnderTest.missing == nil), .serialized)
struct TuningTests {
  private let folder: TemporaryFolder
  private let cache: DiskCache

  init() throws {
    folder = try TemporaryFolder()
    cache = DiskCache(folder.path(of: "cache")) { Issue.record("\($0)") }
  }

  /// Products whose sizes are not multiples of any tile, and every pass of a convolution with strides,
  /// dilation, groups and asymmetric padding.
  private static func program() throws -> Program {
    func input(_ name: String, _ shape: Shape) -> Tensor {
      State(name, shape, role: .data, initial: .normal(standardDeviation: 1)).value
    }
    let product = matmul(input("a", [37, 53]), input("b", [53, 41]))
    let turned = matmul(input("c", [53, 37]).transposed(), input("d", [41, 53]).transposed())
    let geometry = WindowGeometry(stride: [3, 2], padding: [0, 2, 3, 0], dilation: [2, 1])
    let (x, w) = (input("x", [2, 4, 11, 13]), input("w", [6, 2, 3, 2]))
    let y = conv2D(x, w, geometry, groups: 2)
    let pulled = gradients(of: y, upstream: input("dy", y.shape), at: [x, w])
    let outputs = [("nn", product), ("tt", turned), ("y", y), ("dx", pulled[0]), ("dw", pulled[1])]
    return try Program("products", outputs: outputs.map { (name: $0.0, tensor: $0.1) })
  }

  private func results(of program: Program, on backend: VulkanBackend) throws -> [[UInt8]] {
    let executable = try backend.compile(program)
    try executable.run(steps: 1)
    return try program.outputs.indices.map { try executable.output($0).bytes }
  }

  private func tiles(of program: Program, on backend: VulkanBackend) -> [MatrixTile] {
    program.matrixProducts(on: backend.traits).map { backend.traits.tile(for: $0, isFloat64: false) }
  }

  @Test("finds every tile right, changes no bit, and is kept")
  func everyTile() throws {
    let program = try Self.program()
    let plain = try VulkanBackend(cache: nil)
    let expected = try results(of: program, on: plain)
    #expect(plain.tuningSummary == nil)

    let tuned = try VulkanBackend(cache: cache, tuning: .full)
    #expect(try results(of: program, on: tuned) == expected)
    let form = MatrixForm(isFloat64: false, on: tuned.traits)
    let trials = 5 * MatrixTile.candidates(form).count
    let summary = try #require(tuned.tuningSummary)
    #expect(summary.hasPrefix("Tuned 5 matrix products, by \(trials) trials in "), "\(summary)")
    #expect(summary.hasSuffix(" s."), "\(summary)")

    let later = try VulkanBackend(cache: cache, tuning: nil)
    #expect(try results(of: program, on: later) == expected)
    #expect(later.tuningSummary == nil)
    #expect(tiles(of: program, on: later) == tiles(of: program, on: tuned))
    let off = try VulkanBackend(cache: cache, tuning: .off)
    #expect(tiles(of: program, on: off) == tiles(of: program, on: plain))
  }

  // Only some of them: software devices take seconds to compile each.
  @Test("finds tiles for cards right", arguments: ["tiled 8×8 by 16×16", "tiled 4×8 by 8×8"])
  func cardTile(name: String) throws {
    let backend = try VulkanBackend(cardKernels: true, cache: nil)
    let tile = try #require(MatrixTile(name))
    for product in try Self.program().matrixProducts(on: backend.traits) {
      let kernels = KernelCache(backend.device, disk: nil)
      let trial = try TileTrial(product, tiles: 2, on: backend.device, backend.traits, kernels)
      for tile in [backend.traits.tile(for: product, isFloat64: false), tile] {
        if case .wrong(let reason) = try trial.run(tile, limit: 0) {
          Issue.record("\(tile) of \(product.key): \(reason)")
        }
      }
    }
  }

  @Test("does not use a tile that computes something else")
  func wrongTile() throws {
    let program = try Self.program()
    let plain = try VulkanBackend(cache: nil)
    let usual = Set(tiles(of: program, on: plain))
    let others = MatrixTile.candidates(MatrixForm(isFloat64: false, on: plain.traits))
      .filter { !usual.contains($0) }
    #expect(others.count >= 6)
    let backend = try VulkanBackend(
      cache: nil, corrupting: Set(others.map(\.description)), tuning: .full)
    #expect(try results(of: program, on: backend) == results(of: program, on: plain))
    #expect(Set(tiles(of: program, on: backend)).isDisjoint(with: others))
    let summary = try #require(backend.tuningSummary)
    #expect(summary.contains("; \(5 * others.count) were wrong and are not used, such as "), "\(summary)")
  }

  @Test("makes nothing of lines that make no sense")
  func damagedTable() throws {
    let program = try Self.program()
    let plain = try VulkanBackend(cache: nil)
    let device = plain.device.physicalDevice
    let product = try #require(program.matrixProducts(on: plain.traits).first)
    for tile in ["", "tiled", "tiled 1×1 by 99999×1", "tiled 5×4 by 16×16", "round 8×8 by 16×16"] {
      cache.keep(Array("\(product.key)\t\(tile)\n\u{0}\n\t\t\n".utf8), under: .tiles(of: device))
      let backend = try VulkanBackend(cache: cache, tuning: nil)
      _ = try backend.compile(program)
      #expect(tiles(of: program, on: backend) == tiles(of: program, on: plain))
    }
  }
}
#endif
