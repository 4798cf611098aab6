import CPUBackend
import Execution
import Programs
import Tensors
import TestSupport
import Testing

#if VULKAN
import VulkanBackend

@Suite("Float64 on Vulkan", .serialized)
struct VulkanFloat64Tests {
  @Test(
    "agrees with the reference for every operation, within its memory, and without a word from validation",
    .enabled(if: VulkanUnderTest.missingFloat64 == nil, "\(VulkanUnderTest.missingFloat64 ?? "")"))
  func agreement() throws {
    let backend = try VulkanUnderTest.backend()
    for row in OpTable.rows {
      let run = try RowRun(row, on: backend, real: .float64, digits: .float64)
      let reference = try row.reference(digits: .float64)
      #expect(row.disagreement(of: run.output, with: reference, in: .float64) == nil, "\(row)")
      #expect(run.output.dtype == reference.dtype, "\(row)")
      #expect(run.damage.isEmpty, "\(row)")
      let again = try RowRun(row, on: backend, real: .float64, digits: .float64)
      #expect(run.output == again.output, "\(row): the same bits whenever it runs")
    }
    #expect(backend.validationMessages == [])
  }

  @Test(
    "casts to and from every type, and writes literals in full",
    .enabled(if: VulkanUnderTest.missingFloat64 == nil))
  func casts() throws {
    let vulkan = try VulkanUnderTest.backend()
    // Numbers beyond float32's precision and range, halves of its last digit, and numbers that integers
    // cannot hold.
    let numbers: [Double] = [
      0, -0.0, 0.1, -0.1, 0.3333333333333333, 0x1.000001p0, 0x1.000003p0, 2_147_483_646.7, 2_147_483_647.2,
      -2_147_483_648.9, 1e10, -1e10,
      1e300, -1e300, 255.9, 256, -0.9, .infinity, -.infinity, .nan,
    ]
    let real = state(numbers)
    let float = state([Float(0.1), -3e38, 1e-30])
    let int = state([Int32.min, -7, Int32.max])
    let byte = state([UInt8(0), 255])
    let wide = float.cast(to: .float64)
    let outputs = [
      real.cast(to: .float32), real.cast(to: .int32), real.cast(to: .uint8), wide, int.cast(to: .float64),
      byte.cast(to: .float64), wide * 0.1 + 1e300,
      // Through float64 and back: neither the inputs nor the outputs are float64.
      (wide * 0.1).cast(to: .float32),
    ]
    let program = try Program("casts", outputs: outputs.enumerated().map { ("\($0)", $1) })
    let (ours, reference) = (try vulkan.compile(program), try CPUBackend(.reference).compile(program))
    try ours.run(steps: 1)
    try reference.run(steps: 1)
    for index in outputs.indices {
      let (a, b) = (try ours.output(index), try reference.output(index))
      #expect(a.dtype == b.dtype)
      for (x, y) in zip(a.doubles, b.doubles) { #expect(x == y || x.isNaN && y.isNaN, "output \(index)") }
    }
    #expect(vulkan.validationMessages == [])
  }

  private func state<Scalar: TensorScalar>(_ elements: [Scalar]) -> Tensor {
    let values = TensorValues(elements, shape: [elements.count])
    return State("x", values.shape, dtype: values.dtype, role: .data, initial: .values(values)).value
  }

  @Test(
    "is refused in one sentence on a device without it", .enabled(if: VulkanUnderTest.missing == nil),
    arguments: [false, true])
  func missing(withinAChain: Bool) throws {
    let backend = try VulkanUnderTest.backend(float64: false)
    #expect(!backend.hasFloat64)
    let x = State("x", [3], dtype: withinAChain ? .float32 : .float64, role: .data)
    let y = exp(x.value.cast(to: .float64)).cast(to: withinAChain ? .float32 : .float64)
    let program = try Program("an example", outputs: [("y", y)])
    #expect {
      try backend.compile(program)
    } throws: { error in
      let text = "\(error)"
      return error is any BackendError
        && text.hasPrefix("an example: pointwise is asked for in float64, which Vulkan device 0, ")
        && text.contains("lacks shaderFloat64")
        && text.hasSuffix("Use float32, the CPU, or a device that has it")
    }
  }
}
#endif
