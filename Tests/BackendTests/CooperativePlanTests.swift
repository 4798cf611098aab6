#if VULKAN
import Execution
import Programs
import Shaders
import Tensors
import TestSupport
import Testing

@testable import VulkanBackend
@testable import VulkanDevice

/// The dispatch plans for a GPU with matrix units; nothing is executed.
@Suite("Plans for matrix units")
struct CooperativePlanTests {
  private static let card = DeviceTraits(
    isSoftware: false, maximumGroups: 65_535, hasFloat64: false,
    units: CooperativeUnits(
      subgroupSize: 32, sharedByteCount: 49_152,
      units: [.float16: .init(rows: 16, columns: 16, depth: 16)]))

  private func product(_ m: Int, _ k: Int, _ n: Int, _ precision: Precision = .float16) -> Tensor {
    matmul(
      State("a", [m, k], role: .data).value, State("b", [n, k], role: .weight).value.transposed(),
      precision: precision)
  }

  private func planned(_ y: Tensor, on traits: DeviceTraits = card) throws -> (Program, [DispatchPlan]) {
    let program = try Program("test", outputs: [("y", y)])
      .fused(by: FusionPolicy(buffers: 64, on: traits))
    let plans = program.instructions.map {
      DispatchPlan($0, types: program.types(of: $0), on: traits)
    }
    return (program, plans)
  }

  @Test("give a large product a dispatch of its own, and what follows the next")
  func large() throws {
    let (program, plans) = try planned(relu(product(1000, 500, 2000) + 1))
    #expect(
      program.instructions.map(\.kernel.composition) == ["pointwise | pointwise", "matmul", "pointwise"])
    #expect(program.instructions.map(\.level) == [0, 1, 2])
    #expect(plans[1].variants == ["Cooperative/cooperativeMatmulFloat16"])
    // Four subgroups of 32; tiles of 64; matrices of 16; the B operand is transposed.
    #expect(plans[1].specialization == [128, 64, 64, 16, 16, 16, 32, 0, 1])
    #expect(plans[1].constants == [1000, 2000, 500, 0, 500, 0, 500, 512, 1])
    #expect(plans[1].groups == (x: 16 * 32, y: 1, z: 1))
    // A tile of 128 exceeds the registers of 32 invocations, but not of 64.
    let (_, huge) = try planned(product(2048, 64, 2048))
    #expect(huge[1].specialization.prefix(3) == [128, 64, 64] && huge[1].groups == (x: 1024, y: 1, z: 1))
    var wide = Self.card
    wide.units = CooperativeUnits(
      subgroupSize: 64, sharedByteCount: 49_152,
      units: [.float16: .init(rows: 16, columns: 16, depth: 16)])
    let (_, wider) = try planned(product(2048, 64, 2048), on: wide)
    #expect(wider[1].specialization.prefix(3) == [256, 128, 128] && wider[1].groups == (x: 256, y: 1, z: 1))
  }

  @Test("make smaller tiles, less deep, where there are few registers, and none where there is no room")
  func registers() throws {
    var units = CooperativeUnits(
      subgroupSize: 16, sharedByteCount: 65_536,
      units: [.float16: .init(rows: 8, columns: 16, depth: 16)])
    #expect(units.tile(rows: 100, columns: 100, .float16) == .init(side: 32, depth: 32))
    units.registers = 280
    #expect(units.tile(rows: 100, columns: 100, .float16) == .init(side: 64, depth: 16))
    units.registers = 128
    #expect(units.tile(rows: 100, columns: 100, .float16) == .init(side: 32, depth: 16))
    units.registers = 64
    #expect(units.tile(rows: 100, columns: 100, .float16) == nil)
  }

  @Test("cut deep products of few tiles into parts, which the next dispatch adds up")
  func deep() throws {
    let (program, plans) = try planned(relu(product(128, 8192, 64) + 1))
    #expect(
      program.instructions.map(\.kernel.composition) == [
        "pointwise | pointwise", "matmul", "sum + pointwise",
      ])
    #expect(program.values[program.instructions[1].outputs[0]].type.shape == [64, 128, 64])
    // Split-K: 64 splits of 128.
    #expect(plans[1].constants.suffix(2) == [128, 64] && plans[1].groups == (x: 2 * 64, y: 1, z: 1))
  }

  @Test(
    "leave to ordinary arithmetic what is small, thin, exact or of a format that the device has no units for")
  func ordinary() throws {
    for y in [
      product(100, 3072, 100), product(8, 65_536, 1000), product(1000, 500, 2000, .float32),
      product(1000, 500, 2000, .bfloat16), product(1000, 500, 2000, .tf32),
    ] {
      let (program, plans) = try planned(relu(y + 1))
      var without = Self.card
      without.units = nil
      let (same, samePlans) = try planned(relu(y + 1), on: without)
      #expect(program.description == same.description)
      #expect(plans.map(\.code) == samePlans.map(\.code))
      #expect(!plans.contains { !$0.variants.isDisjoint(with: Shader.committed.map(\.name)) })
    }
  }

  @Test("take all passes of a convolution")
  func convolution() throws {
    let x = State("x", [32, 64, 32, 32], role: .data).value
    let w = State("w", [64, 64, 3, 3], role: .weight).value
    let y = conv2D(x, w, WindowGeometry(padding: [1, 1, 1, 1]), precision: .float16)
    let gradients = gradients(of: (y * y).sum(), at: [x, w])
    let program = try Program("test", outputs: [("y", y), ("dx", gradients[0]), ("dw", gradients[1])])
      .fused(by: FusionPolicy(buffers: 64, on: Self.card))
    let plans = program.instructions.map { DispatchPlan($0, types: program.types(of: $0), on: Self.card) }
    let cooperative = plans.filter { !$0.variants.isDisjoint(with: Shader.committed.map(\.name)) }
    #expect(
      cooperative.map { $0.variants.joined() } == [
        "Cooperative/cooperativeConv2DFloat16", "Cooperative/cooperativeConv2DInputGradientFloat16",
        "Cooperative/cooperativeConv2DWeightGradientFloat16",
      ])
    // One row of tiles by 512 columns of 64, twice; and 9 columns of 64, in 28 splits of 1,184.
    #expect(cooperative.map(\.groups.x) == [512, 512, 9 * 28])
    #expect(cooperative[2].constants.suffix(2) == [1184, 28])
  }

  @Test(
    "use what fits of what a device offers, and its subgroups", .enabled(if: VulkanUnderTest.missing == nil))
  func offers() throws {
    var device = try #require(try VulkanBackend.devices().first)
    (device.limits.subgroupSize, device.limits.maxComputeSharedMemory) = (32, 49_152)
    device.limits.maxComputeWorkGroupInvocations = 1024
    device.cooperativeMatrices = []
    #expect(CooperativeUnits(device) == nil)
    device.cooperativeMatrices = [
      CooperativeMatrix(m: 16, n: 8, k: 16, element: .float16),
      CooperativeMatrix(m: 16, n: 16, k: 16, element: .float16),
      CooperativeMatrix(m: 12, n: 16, k: 16, element: .bfloat16),
    ]
    #expect(CooperativeUnits(device)?.units == [.float16: .init(rows: 16, columns: 16, depth: 16)])
    device.cooperativeMatrices = [
      CooperativeMatrix(m: 8, n: 8, k: 16, element: .bfloat16),
      CooperativeMatrix(m: 8, n: 16, k: 32, element: .bfloat16),
    ]
    // In tf32 a tile is only 16 deep.
    #expect(
      CooperativeUnits(device)?.units == [
        .bfloat16: .init(rows: 8, columns: 16, depth: 32), .tf32: .init(rows: 8, columns: 8, depth: 16),
      ])
    device.limits.maxComputeSharedMemory = 8192
    #expect(CooperativeUnits(device)?.uses.precisions == [.tf32])
    device.limits.maxComputeSharedMemory = 4096
    #expect(CooperativeUnits(device) == nil)
    (device.limits.subgroupSize, device.limits.maxComputeSharedMemory) = (48, 49_152)
    #expect(CooperativeUnits(device) == nil)
    (device.limits.subgroupSize, device.limits.maxComputeWorkGroupInvocations) = (128, 256)
    #expect(CooperativeUnits(device) == nil)
  }
}
#endif
