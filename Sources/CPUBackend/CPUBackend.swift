import CKernels
public import Programs
public import Tensors

/// Runs programs on the processor.
public final class CPUBackend: Backend {
  /// Which kernels compute.
  public enum Kernels: Sendable {
    /// Plain loops in Swift, float32 and float64: obviously right, and what everything else is held to.
    case reference
    /// Vectorized kernels and BLAS for float32, where there are any; else the reference.
    case accelerated
  }

  let kernels: Kernels
  private let seed: UInt64
  private var memory: [State: Block] = [:]

  /// - Parameter seed: chooses the random initial values of states.
  public init(_ kernels: Kernels = .accelerated, seed: UInt64 = 0) {
    self.kernels = kernels
    self.seed = seed
  }

  public var name: String {
    let threads = ThreadPool.shared.threadCount
    return "CPU (\(threads) thread\(threads == 1 ? "" : "s"))"
  }

  public var hasFloat64: Bool { true }

  public var capacity: DeviceMemory { DeviceMemory(byteCount: MachineMemory.byteCount) }

  public func planned(_ program: Program) -> Program {
    guard kernels == .accelerated else { return program }
    let program = program.withChannelsLast()
    // Those are computed by the reference, one kernel after another.
    guard !program.values.contains(where: { $0.type.dtype == .float64 }) else { return program }
    var limits = DispatchLimits(maximumBuffers: 64)
    (limits.fusible, limits.maximumRank) = (.arithmetic, Int(LEMNOS_MAX_RANK))
    return program.fused(for: limits)
  }

  public func compile(_ program: Program) throws -> any Executable {
    CPUExecutable(planned(program), kernels: kernels) { block(for: $0) }
  }

  public func need(of programs: [Program]) -> MemoryNeed {
    var need = MemoryNeed(of: programs)
    if kernels == .accelerated { need.byteCount += programs.map(Workspace.byteCount).max() ?? 0 }
    return need
  }

  public func write(_ values: TensorValues, to state: State) throws {
    precondition(
      values.shape == state.shape && values.dtype == state.dtype,
      "the state '\(state.name)' is \(state.dtype)\(state.shape), not \(values.dtype)\(values.shape)")
    block(for: state).write(values.bytes)
  }

  public func read(_ state: State) throws -> TensorValues {
    TensorValues(bytes: block(for: state).bytes, shape: state.shape, dtype: state.dtype)
  }

  public func makeStagingRing(of states: [State], parts: Int) throws -> any StagingRing {
    CPUStagingRing(states.map { block(for: $0) }, parts)
  }

  private func block(for state: State) -> Block {
    if let block = memory[state] { return block }
    let block = Block(for: state, seed: seed)
    memory[state] = block
    return block
  }
}
