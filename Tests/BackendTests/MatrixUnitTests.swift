#if VULKAN
import CPUBackend
import Files
import Foundation
import Execution
import Programs
import Shaders
import Tensors
import TestSupport
import Testing
import VulkanDevice

@testable import VulkanBackend

@Suite("Products by matrix units, emulated", .enabled(if: VulkanUnderTest.missing == nil), .serialized)
struct MatrixUnitTests {
  private func backend(
    _ use: MatrixUnitUse, cache: DiskCache? = nil, corrupting: Set<String> = [],
    quarantine: Quarantine? = nil, fuses: Bool = true, tuning: Tuning? = .off
  ) throws -> VulkanBackend {
    try VulkanBackend(
      cardKernels: true, fuses: fuses, cache: cache, quarantine: quarantine, corrupting: corrupting,
      matrixUnits: use, tuning: tuning)
  }

  private static let narrow: [Precision] = [.float16, .bfloat16, .tf32]

  @Test("agree with the reference, however the factors lie", arguments: narrow, [false, true])
  func matrices(precision: Precision, fuses: Bool) throws {
    let backend = try backend(.emulated(CooperativeEmulation.units()), fuses: fuses)
    for (m, k, n) in [(16, 16, 16), (67, 71, 131), (64, 96, 64), (130, 33, 17)] {
      try MatrixUnitCases.agree(
        try MatrixUnitCases.products(precision, m, k, n), precision, on: backend, count: 1)
    }
    #expect(backend.validationMessages == [])
  }

  @Test("agree with the reference in all passes of convolution", arguments: narrow)
  func images(precision: Precision) throws {
    let backend = try backend(.emulated(CooperativeEmulation.units()))
    for geometry in [
      WindowGeometry(padding: [1, 1, 1, 1]), WindowGeometry(stride: [2, 3], padding: [0, 1, 2, 0]),
      WindowGeometry(stride: [1, 2], padding: [2, 1, 0, 1], dilation: [2, 3]),
    ] {
      for groups in [1, 2] {
        try MatrixUnitCases.agree(
          try MatrixUnitCases.convolutions(precision, geometry, groups: groups), precision, on: backend,
          count: 3)
      }
    }
  }

  @Test(
    "agree in units of other sizes, for other subgroups",
    arguments: zip([(8, 8, 8), (16, 8, 16), (8, 32, 4), (32, 16, 2)], [8, 16, 32, 64]))
  func sizes(size: (Int, Int, Int), subgroupSize: Int) throws {
    let units = try CooperativeEmulation.units(subgroupSize: subgroupSize, size: size)
    let backend = try backend(.emulated(units))
    try MatrixUnitCases.agree(try MatrixUnitCases.products(.tf32, 67, 71, 131), .tf32, on: backend, count: 1)
    let geometry = WindowGeometry(stride: [2, 1], padding: [1, 1, 1, 1])
    try MatrixUnitCases.agree(
      try MatrixUnitCases.convolutions(.float16, geometry, groups: 2), .float16, on: backend, count: 3)
  }

  @Test("agree in large tiles, where a card has many to make", arguments: narrow)
  func largeTiles(precision: Precision) throws {
    let emulated = try CooperativeEmulation.units(leastLargeTiles: 1)
    #expect(emulated.units.tile(rows: 130, columns: 257, precision)?.side == 128)
    let backend = try backend(.emulated(emulated))
    try MatrixUnitCases.agree(
      MatrixUnitCases.products(precision, 130, 45, 257), precision, on: backend, count: 1)
    let x = MatrixUnitCases.tensor([2, 17, 9, 9], seed: 1)
    let w = MatrixUnitCases.tensor([130, 17, 3, 3], seed: 2)
    let y = conv2D(x, w, WindowGeometry(padding: [1, 1, 1, 1]), precision: precision)
    let gradients = gradients(of: y, upstream: MatrixUnitCases.tensor(y.shape, seed: 3), at: [x, w])
    let images = try Program("images", outputs: [("y", y), ("dx", gradients[0]), ("dw", gradients[1])])
    try MatrixUnitCases.agree(images, precision, on: backend, count: 3)
  }

  @Test("agree in parts of a depth, which the next dispatch adds up", arguments: narrow)
  func parts(precision: Precision) throws {
    let deep = matmul(
      MatrixUnitCases.tensor([40, 1000], seed: 1), MatrixUnitCases.tensor([1000, 50], seed: 2),
      precision: precision)
    let program = try Program("deep", outputs: [("y", relu(deep + 1))])
    let backend = try backend(.emulated(CooperativeEmulation.units()))
    let kernels = backend.planned(program).instructions.map(\.kernel)
    let parts = kernels.compactMap { kernel in
      if case .depthParts(.matmul, let count) = kernel { count } else { nil }
    }
    #expect(parts == [7])
    #expect(kernels.last?.composition == "sum + pointwise")
    try MatrixUnitCases.agree(program, precision, on: backend, count: 1)
  }

  @Test("keep what a format can hold to the last bit")
  func exactness() throws {
    let backend = try backend(.emulated(CooperativeEmulation.units()))
    /// The products with 1 of some numbers, one in each row: each number after rounding to the format.
    func kept(_ numbers: [Float], _ precision: Precision) throws -> [Float] {
      var rows = [Float](repeating: 0, count: 16 * numbers.count)
      for (row, number) in numbers.enumerated() { rows[16 * row + row % 16] = number }
      let ones = Tensor([Float](repeating: 1, count: 256), shape: [16, 16])
      let program = try Program(
        "kept",
        outputs: [("y", matmul(Tensor(rows, shape: [numbers.count, 16]), ones, precision: precision))])
      #expect(backend.variants(of: program).contains { $0.hasPrefix("Cooperative/") })
      let results = try MatrixUnitCases.run(program, on: backend)[0]
      return numbers.indices.map { Float(results[16 * $0]) }
    }
    func repeated(_ numbers: [Float]) -> [Float] { (0..<16).flatMap { _ in numbers } }
    // The smallest and largest numbers of float16, and numbers with all its digits.
    let half = repeated([0x1p-24, 0x1.8p-23, -0x1p-14, 65504, -65504, 0x1.554p3, 0])
    #expect(try kept(half, .float16) == half)
    let wide = repeated([0x1p-120, -0x1.fep127, 0x1.56p-100, 0x1.02p0, 3])
    #expect(try kept(wide, .bfloat16) == wide)
    let long = repeated([0x1p-110, 0x1.ffcp126, -0x1.004p-100, 0x1.554p0, 0x1.01cp20, -0x1.ffcp3])
    #expect(try kept(long, .tf32) == long)
    #expect(try kept(repeated([70000]), .float16).allSatisfy { !$0.isFinite })
  }

  @Test("are used when they were found to agree, which is noted for the next run")
  func checked() throws {
    let folder = try TemporaryFolder()
    let cache = DiskCache(folder.path(of: "cache")) { Issue.record("\($0)") }
    let units = try CooperativeEmulation.units(leastFlops: 100_000, isChecked: true)
    let program = try MatrixUnitCases.products(.float16, 67, 71, 131)
    let small = try MatrixUnitCases.products(.float16, 16, 16, 16)
    let right = try backend(.emulated(units), cache: cache)
    #expect(!right.variants(of: small).contains { $0.hasPrefix("Cooperative/") })
    #expect(try folder.names().isEmpty, "nobody has asked")
    #expect(
      right.hasMatrixUnits(for: .float16)
        && right.variants(of: program).contains("Cooperative/cooperativeMatmulFloat16"))
    #expect(try folder.names(in: "cache").count { $0.hasPrefix("matrix-units") } == 1)
    #expect(!right.hasMatrixUnits(for: .float32))
    // The cached result is used, although the units are wrong now: they are not verified again.
    let later = try backend(
      .emulated(units), cache: cache, corrupting: ["Cooperative/cooperativeMatmulFloat16"])
    #expect(later.hasMatrixUnits(for: .float16))
  }

  @Test("are left alone when they are wrong, and ordinary arithmetic gives the same bits as without them")
  func wrong() throws {
    let folder = try TemporaryFolder()
    let cache = DiskCache(folder.path(of: "cache")) { Issue.record("\($0)") }
    let units = try CooperativeEmulation.units(isChecked: true)
    let program = try MatrixUnitCases.products(.bfloat16, 67, 71, 131)
    let without = try MatrixUnitCases.run(program, on: try backend(.off))
    for variant in Shader.cooperative(.bfloat16).map(\.name) {
      let careful = try backend(.emulated(units), corrupting: [variant])
      #expect(!careful.hasMatrixUnits(for: .bfloat16), "\(variant)")
      #expect(careful.hasMatrixUnits(for: .float16), "the others are right")
    }
    let variant = "Cooperative/cooperativeConv2DBFloat16"
    let careful = try backend(.emulated(units), cache: cache, corrupting: [variant])
    #expect(try MatrixUnitCases.run(program, on: careful) == without)
    // Cached, too.
    #expect(try !backend(.emulated(units), cache: cache).hasMatrixUnits(for: .bfloat16))
    let quarantine = Quarantine(variants: [Quarantine.Variant(variant, isIndispensable: false)])
    #expect(quarantine.variants.allSatisfy { !$0.digest.isEmpty })
    let quarantined = try backend(.emulated(units), quarantine: quarantine)
    #expect(!quarantined.hasMatrixUnits(for: .bfloat16) && quarantined.hasMatrixUnits(for: .tf32))
    #expect(try MatrixUnitCases.run(program, on: quarantined) == without)
  }

  @Test("whose check did not come to an end are checked once more, and not for ever")
  func interrupted() throws {
    let folder = try TemporaryFolder()
    let cache = DiskCache(folder.path(of: "cache")) { Issue.record("\($0)") }
    let units = try CooperativeEmulation.units(isChecked: true)
    #expect(try backend(.emulated(units), cache: cache).hasMatrixUnits(for: .float16))
    let checked = try backend(.emulated(units), cache: cache)
    let key = CacheKey.matrixUnitCheck(of: checked, units.units, .float16)
    #expect(cache.payload(of: key) == Array("right".utf8))
    for (noted, isRight) in [("begun 1", true), ("begun 2", false), ("wrong", false), ("right", true)] {
      cache.keep(Array(noted.utf8), under: key)
      #expect(
        try backend(.emulated(units), cache: cache).hasMatrixUnits(for: .float16) == isRight, "\(noted)")
    }
  }

  @Test("make way for ordinary arithmetic where that was found faster, which is noted for the next run")
  func measured() throws {
    let folder = try TemporaryFolder()
    let cache = DiskCache(folder.path(of: "cache")) { Issue.record("\($0)") }
    let units = try CooperativeEmulation.units()
    // Emulated units take several times as long as scalar code.
    let program = try Program(
      "product", outputs: [("y", MatrixUnitCases.product(.float16, 300, 200, 300))])
    let tuned = try backend(.emulated(units), cache: cache, tuning: .quick)
    let (ordinary, byUnits) = ("MatMul/matmulTiled", "Cooperative/cooperativeMatmulFloat16")
    #expect(tuned.variants(of: program).intersection([ordinary, byUnits]) == [ordinary])
    #expect(tuned.tuningSummary?.hasPrefix("Tuned 1 matrix products, by 2 trials in ") == true)
    let later = try backend(.emulated(units), cache: cache, tuning: .quick)
    #expect(later.variants(of: program).intersection([ordinary, byUnits]) == [ordinary])
    #expect(later.tuningSummary == nil)
    let untuned = try backend(.emulated(units), cache: cache)
    #expect(untuned.variants(of: program).intersection([ordinary, byUnits]) == [byUnits])
  }

  @Test("are not on processors, nor in float64")
  func ordinary() throws {
    let units = try CooperativeEmulation.units()
    let software = try VulkanBackend(cardKernels: false, cache: nil, matrixUnits: .emulated(units))
    #expect(!software.hasMatrixUnits(for: .float16))
    let x = Tensor([Double](repeating: 1, count: 400), shape: [20, 20])
    let program = try Program("double", outputs: [("y", matmul(x, x, precision: .float16))])
    let card = try backend(.emulated(units))
    #expect(!card.variants(of: program).contains { $0.hasPrefix("Cooperative/") })
    // A device without matrix units has nothing to verify.
    let checked = try backend(.checked)
    if checked.device.physicalDevice.cooperativeMatrices.isEmpty {
      #expect(!checked.hasMatrixUnits(for: .float16) && checked.traits.units == nil)
    }
  }
}
#endif
