import Glibc
import Programs
import Synchronization
import Tensors

/// How many bytes the blocks of a backend and of its programs have together.
final class MemoryAccount: Sendable {
  private let taken = Atomic(0)

  /// Bytes before and after each block that nobody may write: none but in tests.
  let guardByteCount: Int

  /// Blocks that are gone, and around which somebody had written.
  fileprivate let broken = Atomic(0)

  var brokenCount: Int { broken.load(ordering: .relaxed) }

  init(guardByteCount: Int = 0) { self.guardByteCount = Program.aligned(guardByteCount) }

  var byteCount: Int { taken.load(ordering: .relaxed) }

  fileprivate func add(_ byteCount: Int) { taken.add(byteCount, ordering: .relaxed) }
}

/// The system gave no memory, although the machine has some: there is a limit on the process, or others have taken it.
struct MemoryRefused: BackendError, CustomStringConvertible {
  let byteCount: Int

  var description: String {
    "the system refused \(byteCount.inMebibytes) of memory: use a smaller batch or model, close other programs, or raise "
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

  /// Of the system's large pages: what is larger than a few of them is laid out in them, where it takes fewer lookups.
  private static let largePage = 2 << 20

  /// - Parameter account: counts it for as long as it is there.
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
    // A wish; without it all is slower and nothing else.
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

  /// A state's initial values, without a copy of them on the way.
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

/// Where a value lies and what it is.
struct Place {
  let base: UnsafeMutableRawPointer
  let type: TensorType

  func pointer<Scalar: TensorScalar>(to type: Scalar.Type = Scalar.self) -> UnsafeMutablePointer<Scalar> {
    base.assumingMemoryBound(to: Scalar.self)
  }
}
