import Execution
import Programs
import Tensors
import VulkanDevice

/// An instruction in the memory that one dispatch of it reads and writes: of a scan, an instruction of one step.
struct DispatchPiece {
  /// The index of the instruction in the program that runs, which has the scan.
  let index: Int

  /// The program that has the instruction, perhaps the step of a scan.
  let program: Program
  let instruction: Program.Instruction

  /// Equal for pieces that are dispatched alike.
  let key: Key
  let reads: [BufferSlice]
  let writes: [BufferSlice]

  struct Key: Hashable {
    let index: Int
    /// The index of the instruction in a step; nil outside of scans.
    let inner: Int?
  }

  /// The pieces of an instruction: none without work.
  static func all(
    of instruction: Program.Instruction, at index: Int, in program: Program, reading reads: [BufferSlice],
    writing writes: [BufferSlice]
  ) -> [DispatchPiece] {
    guard program.hasWork(instruction) else { return [] }
    guard case .scan(let scan) = instruction.kernel else {
      return [
        DispatchPiece(
          index: index, program: program, instruction: instruction, key: Key(index: index, inner: nil),
          reads: reads, writes: writes)
      ]
    }
    let step = scan.body.program
    let running = step.instructions.indices.filter { step.hasWork(step.instructions[$0]) }
    return (0..<scan.steps).flatMap { number in
      let slices = zip(scan.places(inStep: number), step.values).map { place, value in
        let byteCount = (max(value.type.byteCount, 1) + 3) / 4 * 4
        return switch place {
        case .input(let input, let offset): reads[input][offset: offset, byteCount: byteCount]
        case .output(let output, let offset): writes[output][offset: offset, byteCount: byteCount]
        }
      }
      return running.map { inner in
        let instruction = step.instructions[inner]
        return DispatchPiece(
          index: index, program: step, instruction: instruction, key: Key(index: index, inner: inner),
          reads: instruction.inputs.map { slices[$0] }, writes: instruction.outputs.map { slices[$0] })
      }
    }
  }
}
