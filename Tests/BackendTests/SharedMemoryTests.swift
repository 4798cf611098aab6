import Execution
import Programs
import Tensors
import TestSupport
import Testing

@testable import CPUBackend

#if VULKAN
import VulkanBackend
#endif

@Suite("States whose values lie in the host's memory")
struct SharedMemoryTests {
  private static func floats(_ count: Int) -> Bytes {
    Bytes(TensorValues((0..<count).map { Float($0) }, shape: [count]).bytes)
  }

  @Test("are computed with where they are")
  func shared() throws {
    let bytes = Self.floats(12)
    let account = MemoryAccount()
    let block = try Block.of(bytes, .float32, in: account)
    #expect(UnsafeRawPointer(block.base) == bytes.region.baseAddress)
    #expect(account.byteCount == 48 && block.isIntact)
    // Where an element would lie across the boundaries of elements, or guards are wanted, there is a copy.
    let odd = try Block.of(Bytes([0] + bytes.array).part(1..<49), .float32, in: account)
    #expect(odd.bytes == bytes.array)
    #expect(Int(bitPattern: odd.base).isMultiple(of: 4))
    let guarded = try Block.of(bytes, .float32, in: MemoryAccount(guardByteCount: 64))
    #expect(UnsafeRawPointer(guarded.base) != bytes.region.baseAddress)
    #expect(guarded.bytes == bytes.array && guarded.isIntact)
  }

  private func check(_ backend: any Backend) throws {
    let bytes = Self.floats(24)
    let states = [0..<48, 48..<96].map { range in
      State("rows \(range)", [3, 4], role: .data, initial: .bytes(bytes.part(range)))
    }
    let rows = Tensor([2, 0] as [Int32], shape: [2])
    let program = try Program(
      "sum", outputs: [("y", states[0].value.gathered(at: rows) + states[1].value.gathered(at: rows))])
    let executable = try backend.compile(program)
    for _ in 0..<2 { try executable.run(steps: 1) }
    #expect(try executable.output(0).doubles == [28, 30, 32, 34, 12, 14, 16, 18])
    #expect(try backend.read(states[1]).doubles == (12..<24).map(Double.init))
    #expect(bytes == Self.floats(24))
  }

  @Test("are read by the CPU, with and without guards")
  func cpu() throws {
    for kernels in [CPUBackend.Kernels.reference, .accelerated] {
      try check(CPUBackend(kernels))
      let guarded = CPUBackend(kernels, guardByteCount: 64)
      try check(guarded)
      #expect(guarded.guardsAreIntact)
    }
  }

  #if VULKAN
  @Test(
    "are read by a Vulkan device, whose memory is filled part by part",
    .enabled(if: VulkanUnderTest.missing == nil))
  func vulkan() throws {
    try check(VulkanUnderTest.backend())
    // More than goes by at a time.
    let count = 5 << 20
    let bytes = Bytes((0..<4 * count).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8) })
    let state = State("many", [count], dtype: .int32, role: .data, initial: .bytes(bytes))
    #expect(try VulkanUnderTest.backend().read(state).bytes == bytes.array)
  }
  #endif

  @Test("are never assigned")
  func assignment() {
    let state = State("images", [4], role: .data, initial: .bytes(Self.floats(4)))
    #expect(
      throws: GraphError(
        "assign",
        "the state 'images' is only read, because its values lie in the host's memory: let it begin with .values(…)"
      )
    ) { try Program("step", assignments: [Assignment(state, state.value + 1)]) }
  }
}
