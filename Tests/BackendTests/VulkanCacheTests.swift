#if VULKAN
import Files
import Execution
import Programs
import ShaderCompiler
import Tensors
import TestSupport
import Testing

@testable import VulkanBackend
@testable import VulkanDevice

@Suite("Kernels kept on disk", .enabled(if: VulkanUnderTest.missing == nil), .serialized)
struct VulkanCacheTests {
  private let folder: TemporaryFolder
  private let cache: DiskCache

  init() throws {
    folder = try TemporaryFolder()
    cache = DiskCache(folder.path(of: "cache")) { Issue.record("\($0)") }
  }

  private static func chain(_ name: String, _ build: (Tensor) -> Tensor) throws -> Program {
    let values = TensorValues((1...100).map { Float($0) / 10 }, shape: [100])
    let x = State("x", [100], role: .data, initial: .values(values))
    return try Program(name, outputs: [("y", build(x.value))])
  }

  private func result(_ program: Program, _ cache: DiskCache?) throws -> TensorValues {
    let executable = try VulkanBackend(cache: cache).compile(program)
    try executable.run(steps: 1)
    return try executable.output(0)
  }

  private static func source(of program: Program) throws -> String {
    let backend = try VulkanBackend(cache: nil)
    let planned = backend.planned(program)
    let instruction = try #require(planned.instructions.first)
    let types = (
      inputs: instruction.inputs.map { planned.values[$0].type.dtype },
      outputs: instruction.outputs.map { planned.values[$0].type.dtype }
    )
    let plan = DispatchPlan(instruction, types: types, on: backend.traits)
    guard case .generated(let source) = plan.code else { throw NoChain() }
    return source
  }

  private struct NoChain: Error {}

  @Test("are found again, and damaged ones are made anew")
  func damage() throws {
    let program = try Self.chain("chain") { exp(-$0) * 2 + 1 }
    let expected = try result(program, nil)
    #expect(try result(program, cache) == expected)
    let names = try folder.names(in: "cache")
    #expect(names.map { $0.prefix { $0 != "-" } } == ["pipelines", "spirv"])
    let whole = try names.map { try folder.read("cache/\($0)") }
    var generator = SplitMix64(seed: 7)
    for round in 0..<12 {
      for (name, bytes) in zip(names, whole) {
        switch round % 3 {
        case 0:
          try folder.write(
            bytes.prefix(Int.random(in: 0..<bytes.count, using: &generator)), as: "cache/\(name)")
        case 1: try folder.write(generator.mutation(of: bytes), as: "cache/\(name)")
        default:
          var bytes = bytes
          bytes[round * bytes.count / 12] ^= 0x10
          try folder.write(bytes, as: "cache/\(name)")
        }
      }
      #expect(try result(program, cache) == expected)
      let rebuilt = try folder.read("cache/\(names[1])")
      #expect(rebuilt == whole[1], "the damaged kernel was replaced")
    }
  }

  @Test("are what runs: another kernel in their place is another result")
  func used() throws {
    let (growing, falling) = (
      try Self.chain("growing") { exp($0) + 1 }, try Self.chain("falling") { exp(-$0) + 1 }
    )
    let (up, down) = (try result(growing, cache), try result(falling, cache))
    #expect(up != down)
    let (upKey, downKey) = (
      CacheKey.spirv(of: try Self.source(of: growing)), CacheKey.spirv(of: try Self.source(of: falling))
    )
    cache.keep(try #require(cache.payload(of: downKey)), under: upKey)
    #expect(try result(growing, cache) == down)
    // An intact entry that is not SPIR-V is not passed to the driver.
    cache.keep([1, 2, 3], under: upKey)
    #expect(try result(growing, cache) == up)
    cache.keep([UInt8](repeating: 7, count: 400), under: upKey)
    #expect(try result(growing, cache) == up)
  }

  @Test("belong to one text with its includes, one compiler, one device and one driver")
  func keys() throws {
    let source = "#version 450\nvoid main() {}"
    let including = "#version 450\n#include \"elementary.glsl\"\nvoid main() {}"
    let keys = [
      CacheKey.spirv(of: source), .spirv(of: source, compiler: "another"), .spirv(of: source + "\n"),
      .spirv(of: including), CacheKey("spirv", [GLSLCompiler.version, including]),
    ]
    #expect(Set(keys).count == keys.count)
    #expect(GLSLCompiler.version.contains(/glslang \d+\.\d+\.\d+, SPIRV-Tools v/))

    let device = try #require(try VulkanBackend.devices().first)
    var others = [device, device, device, device]
    others[0].deviceUUID[3] ^= 1
    others[1].encodedDriverVersion += 1
    others[2].pipelineCacheUUID[15] ^= 1
    others[3].driverVersion += "-1"
    let pipelines = (others + [device]).map { CacheKey.pipelines(of: $0) }
    #expect(Set(pipelines).count == pipelines.count)
    #expect(CacheKey.pipelines(of: device) == pipelines[4])
  }

  @Test("of a driver are handed to it only with the header that it writes")
  func header() throws {
    _ = try result(try Self.chain("chain") { $0 + 1 }, cache)
    let device = try #require(try VulkanBackend.devices().first)
    let bytes = try #require(cache.payload(of: .pipelines(of: device)))
    #expect(device.accepts(bytes))
    for position in 0..<32 {
      var damaged = bytes
      damaged[position] ^= 0x81
      #expect(!device.accepts(damaged), "byte \(position)")
    }
    for count in 0..<32 { #expect(!device.accepts(Array(bytes.prefix(count)))) }
    // Intact, but from another driver: the backend opens without it.
    var foreign = bytes
    foreign[20] ^= 1
    cache.keep(foreign, under: .pipelines(of: device))
    let again = try Self.chain("chain") { $0 + 1 }
    #expect(try result(again, cache) == result(again, nil))
  }
}
#endif
