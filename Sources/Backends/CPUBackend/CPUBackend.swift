public import Execution
public import Programs
public import Tensors

/// Runs programs on the processor.
public final class CPUBackend: HostMemoryBackend {
  /// The set of kernels used.
  public enum Kernels: Sendable {
    /// Plain loops in Swift, float32 and float64: simple, and the reference for everything else.
    case reference
    /// Vectorized and fused float32 kernels, NHWC for convolutions; the reference where there are none.
    case accelerated
  }

  let kernels: Kernels
  private let seed: UInt64
  private let pool: ThreadPool
  private let memoryLimit: Int?
  private let policy: FusionPolicy
  private let account: MemoryAccount
  private var memory: [State: Block] = [:]

  /// - Parameters:
  ///   - seed: of the random initial values of states.
  ///   - threads: their number, from 1 to `ThreadCount.most`; nil for `ThreadCount.usual`. Results do not
  ///     depend on it.
  ///   - memoryLimit: bytes for programs and their states; nil for no limit.
  public convenience init(
    _ kernels: Kernels = .accelerated, seed: UInt64 = 0, threads: Int? = nil, memoryLimit: Int? = nil
  ) {
    self.init(kernels, seed: seed, threads: threads, memoryLimit: memoryLimit, guardByteCount: 0)
  }

  /// - Parameters:
  ///   - guardByteCount: guard bytes around states, constants, arenas and workspaces, to detect stray
  ///     writes.
  ///   - rewrites: those to leave out of the plans of programs.
  package init(
    _ kernels: Kernels = .accelerated, seed: UInt64 = 0, threads: Int? = nil, memoryLimit: Int? = nil,
    guardByteCount: Int, withoutRewrites rewrites: Set<Rewrite> = []
  ) {
    self.kernels = kernels
    self.seed = seed
    self.memoryLimit = memoryLimit
    policy = .cpu.without(rewrites)
    account = MemoryAccount(guardByteCount: guardByteCount)
    pool = threads.map(ThreadPool.of) ?? .usual
  }

  /// True if no guard bytes were overwritten, of states or of released programs.
  package var guardsAreIntact: Bool { account.brokenCount == 0 && memory.values.allSatisfy(\.isIntact) }

  public var name: String {
    let threads = pool.threadCount
    return "CPU (\(threads) thread\(threads == 1 ? "" : "s"))"
  }

  public var hasFloat64: Bool { true }

  public var capacity: DeviceMemory {
    DeviceMemory(byteCount: MachineMemory.byteCount).limited(to: memoryLimit, taken: account.byteCount)
  }

  public func planned(_ program: Program) -> Program {
    guard kernels == .accelerated else { return program.placed() }
    // float64 programs run on the reference, one kernel after another.
    guard !program.values.contains(where: { $0.type.dtype == .float64 }) else {
      return program.rewritten(by: policy.rewrites).placed()
    }
    return program.fused(by: policy).placed()
  }

  public func compile(_ program: Program) throws -> any Executable {
    let program = planned(program)
    if let shortage = shortage(for: [program]) { throw shortage }
    return try CPUExecutable(program, kernels: kernels, on: pool, in: account) { try block(for: $0) }
  }

  public func need(of programs: [Program]) -> MemoryNeed {
    var need = MemoryNeed(of: programs) { memory[$0] == nil }
    need.byteCount += programs.reduce(0) { $0 + Workspace.byteCount(of: $1, kernels) }
    return need
  }

  public func write(_ bytes: UnsafeRawBufferPointer, to state: State) throws {
    precondition(!state.isReadOnly, "the state '\(state.name)' is only read")
    // Without initial values that nobody would see.
    let block = try memory[state] ?? Block(byteCount: bytes.count, in: account)
    memory[state] = block
    block.write(bytes)
  }

  public func read(_ state: State) throws -> TensorValues {
    TensorValues(bytes: try block(for: state).bytes, shape: state.shape, dtype: state.dtype)
  }

  public func read(_ state: State, into bytes: UnsafeMutableRawBufferPointer) throws {
    bytes.copyMemory(from: UnsafeRawBufferPointer(try memory(of: state)))
  }

  package func memory(of state: State) throws -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: try block(for: state).base, count: state.byteCount)
  }

  public func makeStagingRing(of states: [State], parts: Int) throws -> any StagingRing {
    CPUStagingRing(try states.map { try block(for: $0) }, parts)
  }

  private func block(for state: State) throws -> Block {
    if let block = memory[state] { return block }
    let block =
      if case .bytes(let bytes) = state.initial {
        try Block.of(bytes, state.dtype, in: account)
      } else {
        try Block(for: state, seed: seed, on: pool, in: account)
      }
    memory[state] = block
    return block
  }
}
