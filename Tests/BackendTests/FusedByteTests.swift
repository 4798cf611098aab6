import CPUBackend
import Execution
import Programs
import Tensors
import TestSupport
import Testing

#if VULKAN
import VulkanBackend

/// Bytes are stored four to a word, so stores of neighbouring bytes must not overwrite one another, anywhere
/// in a kernel.
@Suite("Bytes that fused kernels store")
struct FusedByteTests {
  // Small integers: sums and products are exact in any order.
  private let x = Self.whole("x", [13, 37])
  private let w = Self.whole("w", [37, 11])
  private let key = State("key", [2], dtype: .int32, role: .progress).value
  private let counter = State("counter", [], dtype: .int32, role: .progress).value

  /// The pixels of 29 images; the row length is not a multiple of four, so rows start anywhere in a word.
  private let images = State(
    "images", [29, 37], dtype: .uint8, role: .data,
    initial: .values(TensorValues((0..<29 * 37).map { UInt8($0 % 251) }, shape: [29, 37])))

  private static func whole(_ name: String, _ shape: Shape) -> Tensor {
    let numbers = (0..<shape.count).map { Float($0 * 7 % 5) }
    return State(name, shape, role: .data, initial: .values(TensorValues(numbers, shape: shape))).value
  }

  private func bytes(_ tensor: Tensor) -> Tensor { floor(tensor).cast(to: .uint8) }

  private var cases: [(kernel: String, outputs: [Tensor], assignments: [Assignment])] {
    let other = Self.whole("other", [61])
    let rows = x.sum([1], keepingAxes: true)
    let columns = x.sum([0], keepingAxes: true)
    let batch = images.value.gathered(at: shuffledBatch(7, of: 29, key: key, counter: counter))
    return [
      ("matmul + pointwise", [bytes(matmul(x, w) * 0.25)], []),
      ("sum + pointwise", [bytes(x + rows * 0.25), bytes(rows * 0.5)], []),
      ("sum + pointwise", [bytes(x + columns * 0.25), bytes(columns * 0.5)], []),
      ("sum + pointwise", [bytes(x.sum() * 0.125 + other)], []),
      ("pointwise", [(x * 20).cast(to: .uint8), x * 20], []),
      ("pointwise", [], [Assignment(images, (250 - images.value.cast(to: .float32)).cast(to: .uint8))]),
      ("gather + pointwise", [batch, batch.cast(to: .float32) * 2], []),
    ]
  }

  @Test(
    "are the reference's, every one", .enabled(if: VulkanUnderTest.missing == nil), arguments: [false, true])
  func agreement(cardKernels: Bool) throws {
    let vulkan = try VulkanUnderTest.backend(cardKernels: cardKernels)
    for (kernel, outputs, assignments) in cases {
      let program = try Program(
        kernel, outputs: outputs.enumerated().map { ("\($0)", $1) }, assignments: assignments)
      let fused = program.fused(by: FusionPolicy(maximumBuffers: 32)).instructions
      #expect(fused.map(\.kernel.composition) == [kernel])
      let reference = CPUBackend(.reference)
      let (ours, theirs) = (try vulkan.compile(program), try reference.compile(program))
      for _ in 0..<2 {
        try (ours as? any InspectableExecutable)?.fillArena(with: 0xFF)
        try ours.run(steps: 1)
        try theirs.run(steps: 1)
        for index in outputs.indices {
          #expect(try ours.output(index) == theirs.output(index), "\(kernel), output \(index)")
        }
        for assignment in assignments {
          #expect(try vulkan.read(assignment.state) == reference.read(assignment.state), "\(kernel)")
        }
      }
    }
    #expect(vulkan.validationMessages == [])
  }
}
#endif
