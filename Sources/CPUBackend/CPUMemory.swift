import Glibc
import Programs
import Synchronization
import Tensors

/// How many bytes the blocks of a backend and of its programs have together.
final class MemoryAccount: Sendable {
  private let taken = Atomic(0)

  var byteCount: Int { taken.load(ordering: .relaxed) }

  fileprivate func add(_ byteCount: Int) { taken.add(byteCount, ordering: .relaxed) }
}

/// A block of host memory that frees itself.
final class Block {
  let base: UnsafeMutableRawPointer
  let byteCount: Int
  private let account: MemoryAccount

  /// Of the system's large pages: what is larger than a few of them is laid out in them, where it takes fewer lookups.
  private static let largePage = 2 << 20

  /// - Parameter account: counts it for as long as it is there.
  init(byteCount: Int, in account: MemoryAccount) {
    self.byteCount = byteCount
    self.account = account
    account.add(byteCount)
    let isLarge = byteCount >= 2 * Block.largePage
    base = .allocate(
      byteCount: max(byteCount, 1), alignment: isLarge ? Block.largePage : Program.alignment)
    // A wish; without it all is slower and nothing else.
    if isLarge { madvise(base, byteCount / Block.largePage * Block.largePage, MADV_HUGEPAGE) }
  }

  convenience init(_ values: TensorValues, in account: MemoryAccount) {
    self.init(byteCount: values.bytes.count, in: account)
    write(values.bytes)
  }

  /// A state's initial values, without a copy of them on the way.
  convenience init(for state: State, seed: UInt64, on pool: ThreadPool, in account: MemoryAccount) {
    switch state.initial {
    case .zeros:
      self.init(byteCount: state.byteCount, in: account)
      base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    case .normal(let deviation) where state.dtype == .float32:
      self.init(byteCount: state.byteCount, in: account)
      let numbers = UnsafeMutableBufferPointer(
        start: base.assumingMemoryBound(to: Float.self), count: state.shape.count)
      let philox = Philox(seed: seed, stream: Philox.stream(named: state.name))
      pool.run(
        Work(extent: (numbers.count + 3) / 4, grain: 1024) {
          philox.fillNormals(numbers, blocks: $0, scaledBy: Float(deviation))
        })
    default:
      self.init(state.initial.values(for: state, seed: seed), in: account)
    }
  }

  func write(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes {
      UnsafeMutableRawBufferPointer(start: base, count: byteCount).copyMemory(from: $0)
    }
  }

  var bytes: [UInt8] { Array(UnsafeRawBufferPointer(start: base, count: byteCount)) }

  deinit {
    base.deallocate()
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
