import Glibc
import Execution
import Programs
import ReferenceKernels
import Synchronization
import Tensors
import Wording

/// Counts the bytes allocated by a backend and its programs.
final class MemoryAccount: Sendable {
  private let taken = Atomic(0)

  /// Guard bytes before and after each block; zero except in tests.
  let guardByteCount: Int

  /// The number of released blocks whose guard bytes had been overwritten.
  fileprivate let broken = Atomic(0)

  var brokenCount: Int { broken.load(ordering: .relaxed) }

  init(guardByteCount: Int = 0) { self.guardByteCount = Program.aligned(guardByteCount) }

  var byteCount: Int { taken.load(ordering: .relaxed) }

  fileprivate func add(_ byteCount: Int) { taken.add(byteCount, ordering: .relaxed) }
}

/// The system refused an allocation that the machine could hold: a process limit, or memory used by others.
struct MemoryRefused: BackendError, CustomStringConvertible {
  let byteCount: Int

  var description: String {
    "the system refused \(byteCount.inMegabytes(decimals: 2)) of memory: use a smaller batch or model, close other programs, or raise "
      + "the limit on this process ('ulimit -v' shows it)"
  }
}

/// A block of host memory that frees itself, or one that others have.
final class Block {
  let base: UnsafeMutableRawPointer
  let byteCount: Int
  private let account: MemoryAccount
  /// Whose memory it is, to which nobody writes; nil for its own.
  private let shared: Bytes?

  /// The size of a huge page.
  ///
  /// Blocks of at least two are aligned to it, which saves TLB misses.
  private static let largePage = 2 << 20

  /// - Parameter account: counts it while it is allocated.
  init(byteCount: Int, in account: MemoryAccount) throws(MemoryRefused) {
    let isLarge = byteCount >= 2 * Block.largePage
    var memory: UnsafeMutableRawPointer?
    let alignment = isLarge ? Block.largePage : Program.alignment
    let around = account.guardByteCount
    guard posix_memalign(&memory, alignment, max(byteCount + 2 * around, 1)) == 0, let memory else {
      throw MemoryRefused(byteCount: byteCount)
    }
    (base, self.byteCount, self.account, shared) = (memory + around, byteCount, account, nil)
    account.add(byteCount)
    for edge in guards { edge.initializeMemory(as: UInt8.self, repeating: Block.guardByte) }
    // Only a hint.
    if isLarge { madvise(base, byteCount / Block.largePage * Block.largePage, MADV_HUGEPAGE) }
  }

  /// Memory that others have, to be read.
  private init(sharing bytes: Bytes, at base: UnsafeRawPointer, in account: MemoryAccount) {
    (self.base, byteCount) = (UnsafeMutableRawPointer(mutating: base), bytes.count)
    (self.account, shared) = (account, bytes)
    account.add(byteCount)
  }

  /// Bytes where they are, if elements of a type can be read there and nobody wants guards around them; else a copy.
  static func of(_ bytes: Bytes, _ dtype: DType, in account: MemoryAccount) throws(MemoryRefused) -> Block {
    if account.guardByteCount == 0, !bytes.isEmpty, let base = bytes.region.baseAddress,
      Int(bitPattern: base).isMultiple(of: dtype.byteCount)
    {
      return Block(sharing: bytes, at: base, in: account)
    }
    let block = try Block(byteCount: bytes.count, in: account)
    bytes.copy(from: 0, to: UnsafeMutableRawBufferPointer(start: block.base, count: bytes.count))
    return block
  }

  convenience init(_ values: TensorValues, in account: MemoryAccount) throws(MemoryRefused) {
    try self.init(byteCount: values.bytes.count, in: account)
    values.bytes.withUnsafeBytes { write($0) }
  }

  /// Memory for a state with its initial values, written in place.
  convenience init(for state: State, seed: UInt64, on pool: ThreadPool, in account: MemoryAccount)
    throws(MemoryRefused)
  {
    switch state.initial {
    case .zeros:
      try self.init(byteCount: state.byteCount, in: account)
      base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    case .normal(let deviation) where state.dtype == .float32:
      try self.init(byteCount: state.byteCount, in: account)
      let numbers = UnsafeMutableBufferPointer(
        start: base.assumingMemoryBound(to: Float.self), count: state.shape.count)
      let philox = Philox(seed: seed, stream: Philox.stream(named: state.name))
      pool.run(
        Work(extent: (numbers.count + 3) / 4, grain: 1024) {
          philox.fillNormals(numbers, blocks: $0, scaledBy: Float(deviation))
        })
    default:
      try self.init(state.initial.values(for: state, seed: seed), in: account)
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer) {
    precondition(shared == nil, "the state is only read, because its values lie in the host's memory")
    UnsafeMutableRawBufferPointer(start: base, count: byteCount).copyMemory(from: bytes)
  }

  var bytes: [UInt8] { Array(UnsafeRawBufferPointer(start: base, count: byteCount)) }

  private static let guardByte: UInt8 = 0xA5

  private var guards: [UnsafeMutableRawBufferPointer] {
    [base - account.guardByteCount, base + byteCount].map {
      UnsafeMutableRawBufferPointer(start: $0, count: account.guardByteCount)
    }
  }

  /// Whether nobody has written around it.
  var isIntact: Bool { shared != nil || guards.allSatisfy { $0.allSatisfy { $0 == Block.guardByte } } }

  deinit {
    if !isIntact { account.broken.add(1, ordering: .relaxed) }
    if shared == nil { free(base - account.guardByteCount) }
    account.add(-byteCount)
  }
}
