import CPUBackend
import Execution
import Programs
import Tensors
import TestSupport
import Testing

@Suite("A limit of memory")
struct MemoryLimitTests {
  private static func program(_ row: OpRow) throws -> Program {
    let inputs = row.inputs.enumerated().map { index, input in
      let values = input.values(.float32, seed: UInt64(index))
      return State("input \(index)", values.shape, dtype: values.dtype, role: .data, initial: .values(values))
    }
    let sum = State("sum", [], role: .progress)
    let y = row.build(inputs.map(\.value))
    let one = Tensor([Float(1), 2, 3, 4, 5], shape: [5]).sum()
    return try Program("\(row)", outputs: [("y", y)], assignments: [Assignment(sum, sum.value + one)])
  }

  @Test("counts what programs say that they need, and refuses one byte more", arguments: OpTable.rows)
  func need(_ row: OpRow) throws {
    for kernels in [CPUBackend.Kernels.reference, .accelerated] {
      let program = try Self.program(row)
      let measured = CPUBackend(kernels)
      let need = measured.need(of: [measured.planned(program)]).byteCount
      #expect(need > 0)

      let tight = CPUBackend(kernels, memoryLimit: need - 1)
      let error = try #require(throws: OutOfMemory.self) { try tight.compile(program) }
      #expect(error.needed == need && error.available == need - 1 && error.isCutByRequest)
      #expect(tight.capacity.available == need - 1, "nothing was allocated")

      let enough = CPUBackend(kernels, memoryLimit: need)
      var executable: (any Executable)? = try enough.compile(program)
      #expect(enough.capacity.available == 0)
      try executable?.run(steps: 1)
      #expect(enough.capacity.available == 0)
      // States stay allocated, and are not counted a second time.
      executable = nil
      let own = enough.need(of: [enough.planned(program)]).byteCount
      #expect(enough.capacity.available == own)
      executable = try enough.compile(program)
      #expect(enough.capacity.available == 0)
    }
  }

  @Test("is no more than the device has, and known for what it is")
  func devices() {
    let open = DeviceMemory(byteCount: 1000)
    #expect(open.limited(to: nil, taken: 10) == open && !open.isCutByRequest)
    let cut = open.limited(to: 400, taken: 10)
    #expect(cut.byteCount == 400 && cut.available == 390 && cut.isCutByRequest && cut.isLimited)
    let wide = open.limited(to: 4000, taken: 10)
    #expect(wide.byteCount == 1000 && wide.available == 990 && !wide.isCutByRequest && wide.isLimited)
    let full = open.limited(to: 400, taken: 500)
    #expect(full.available == 0 && full.isCutByRequest)
    // Memory used by other processes may be the tighter limit.
    let shared = DeviceMemory(byteCount: 1000, available: 50, largestPiece: 30, largestValue: 20)
    let both = shared.limited(to: 400, taken: 10)
    #expect(both.byteCount == 400 && both.available == 50 && !both.isCutByRequest)
    #expect(both.largestPiece == 30 && both.largestValue == 20)
    let unknown = DeviceMemory(byteCount: nil).limited(to: 400, taken: 0)
    #expect(unknown.byteCount == 400 && unknown.available == 400 && unknown.isCutByRequest)
  }
}
