import Execution
import Programs
import ReferenceKernels
import Tensors

/// A program as a list of kernels with fixed addresses.
///
/// Runs without allocating.
final class CPUExecutable: ProgressiveExecutable {
  let arena: Block
  /// Constants and states, retained because kernels hold their addresses.
  private let blocks: [Block]
  private let workspace: Workspace
  let pool: ThreadPool
  let views: [BufferView]
  private let outputs: [Int]
  let program: Program
  /// The phases of each instruction.
  let work: [[Work]]
  var progress: ((_ instruction: Int) throws -> Void)?

  init(
    _ program: Program, kernels: CPUBackend.Kernels, on pool: ThreadPool, in account: MemoryAccount,
    block: (State) throws -> Block
  ) throws {
    precondition(program.isPlaced, "the memory of the program '\(program.name)' is not planned")
    let arena = try Block(byteCount: program.arenaByteCount, in: account)
    var blocks: [Block] = []
    var constants: [Constant: Block] = [:]
    views = try program.values.map { value in
      switch value.storage {
      case .arena(let offset):
        return BufferView(base: arena.base + offset, type: value.type)
      case .state(let state):
        blocks.append(try block(state))
      case .constant(let constant):
        let block = try constants[constant] ?? Block(constant.values, in: account)
        constants[constant] = block
        blocks.append(block)
      }
      return BufferView(base: blocks[blocks.count - 1].base, type: value.type)
    }
    self.arena = arena
    self.pool = pool
    self.blocks = blocks
    outputs = program.outputs.map(\.value)
    self.program = program
    let views = self.views
    let workspace = try Workspace(for: program, kernels, in: account)
    self.workspace = workspace
    work = program.instructions.map { instruction in
      guard program.hasWork(instruction) else { return [] }
      return CPUExecutable.phases(
        of: instruction.kernel, inputs: instruction.inputs.map { views[$0] },
        outputs: instruction.outputs.map { views[$0] }, kernels, workspace)
    }
  }

  /// The phases of an instruction: of a scan, those of all steps.
  private static func phases(
    of kernel: Kernel, inputs: [BufferView], outputs: [BufferView], _ kernels: CPUBackend.Kernels,
    _ workspace: Workspace
  ) -> [Work] {
    if case .scan(let scan) = kernel {
      let step = scan.body.program
      let running = step.instructions.filter { step.hasWork($0) }
      return (0..<scan.steps).flatMap { number in
        let views = zip(scan.places(inStep: number), step.values).map { place, value in
          switch place {
          case .input(let index, let offset): BufferView(base: inputs[index].base + offset, type: value.type)
          case .output(let index, let offset):
            BufferView(base: outputs[index].base + offset, type: value.type)
          }
        }
        return running.flatMap { instruction in
          phases(
            of: instruction.kernel, inputs: instruction.inputs.map { views[$0] },
            outputs: instruction.outputs.map { views[$0] }, kernels, workspace)
        }
      }
    }
    workspace.restart()
    let accelerated =
      kernels == .accelerated
      ? Accelerated.work(kernel, inputs: inputs, outputs: outputs, workspace) : nil
    return accelerated ?? [Reference.work(kernel, inputs: inputs, outputs: outputs)]
  }

  func run(steps: Int) throws {
    for _ in 0..<steps {
      guard let progress else {
        for kernel in work.joined() { pool.run(kernel) }
        continue
      }
      for (index, kernels) in work.enumerated() {
        for kernel in kernels { pool.run(kernel) }
        try progress(index)
      }
    }
  }

  func output(_ index: Int) throws -> TensorValues {
    let view = views[outputs[index]]
    let bytes = UnsafeRawBufferPointer(start: view.base, count: view.type.byteCount)
    return TensorValues(
      bytes: Array(bytes), shape: program.shape(ofOutput: index), dtype: view.type.dtype)
  }
}
