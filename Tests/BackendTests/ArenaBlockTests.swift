import CPUBackend
import Execution
import Programs
import Tensors
import TestSupport
import Testing

#if VULKAN
import VulkanBackend
import VulkanDevice
#endif

@Suite("An arena in several pieces")
struct ArenaBlockTests {
  /// Layers of different widths, forward and backward, whose values have many sizes and live ranges.
  private func program() throws -> Program {
    var generator = SplitMix64(seed: 7)
    func tensor(_ shape: Shape) -> Tensor {
      let numbers = (0..<shape.count).map { _ in Float(generator.next() >> 40) / Float(1 << 23) - 1 }
      return Tensor(TensorValues(numbers, shape: shape))
    }
    let widths = [20, 70, 33, 90, 10]
    let weights = zip(widths, widths.dropFirst()).map { tensor([$0, $1]) }
    var y = tensor([50, widths[0]])
    for weight in weights { y = relu(matmul(y, weight) + 0.1) }
    let pulled = gradients(of: y.sum(), at: weights)
    return try Program(
      "layers", outputs: [("y", y)] + pulled.enumerated().map { ("w\($0.offset)", $0.element) })
  }

  @Test(
    "has no value across a boundary, none larger than the device allows, and none where another lives",
    arguments: [18_176, 20_000, 40_000])
  func planned(largest: Int) throws {
    let whole = try program().placed()
    let program = whole.placed(inBlocksOf: largest)
    #expect(whole.arenaBlocks.map(\.byteCount) == [whole.arenaByteCount])
    #expect(program.arenaBlocks.count > 1)
    #expect(program.arenaBlocks.allSatisfy { $0.byteCount <= largest })
    let lives = program.lifetimes
    func place(_ life: Program.Lifetime) -> Range<Int>? {
      guard case .arena(let offset) = program.values[life.value].storage else { return nil }
      return offset..<offset + life.byteCount
    }
    for life in lives {
      let own = try #require(place(life))
      #expect(
        program.arenaBlocks.contains {
          $0.offset <= own.lowerBound && own.upperBound <= $0.offset + $0.byteCount
        })
      for other in lives where other.value != life.value && other.levels.overlaps(life.levels) {
        #expect(place(other)?.overlaps(own) == false)
      }
    }
    // A block size that holds the whole arena changes nothing.
    #expect(whole.placed(inBlocksOf: whole.arenaByteCount).description == whole.description)
  }

  @Test("is planned for a value that is larger than a piece, which then is the piece that does not fit")
  func tooLarge() throws {
    let program = try program().placed(inBlocksOf: 4096)
    let largest = program.lifetimes.map(\.byteCount).max() ?? 0
    #expect(MemoryNeed(of: [program]).largestPiece >= largest)
  }

  #if VULKAN
  @Test("gives the same bits as one in a piece", .enabled(if: VulkanUnderTest.missing == nil))
  func computed() throws {
    let program = try program()
    func results(_ backend: VulkanBackend) throws -> [TensorValues] {
      let executable = try backend.compile(program)
      try executable.run(steps: 2)
      return try program.outputs.indices.map { try executable.output($0) }
    }
    let whole = try VulkanBackend(fuses: false, cache: nil)
    var faults = DeviceFaults()
    faults.largestBuffer = 20_000
    let pieces = try VulkanBackend(
      validation: VulkanUnderTest.validation, fuses: false, cache: nil, faults: faults)
    #expect(try results(pieces).map(\.bytes) == results(whole).map(\.bytes))
    #expect(pieces.validationMessages == [])
    #expect(pieces.capacity.largestPiece == 20_000)
    // A value larger than any block is refused before anything is allocated.
    faults.largestBuffer = 4096
    let tooSmall = try VulkanBackend(fuses: false, cache: nil, faults: faults)
    #expect(throws: OutOfMemory.self) { try tooSmall.compile(program) }
  }
  #endif
}
