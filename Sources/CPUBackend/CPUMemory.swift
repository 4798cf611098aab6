import Glibc
import Programs
import Tensors

/// A block of host memory that frees itself.
final class Block {
  let base: UnsafeMutableRawPointer
  let byteCount: Int

  /// Of the system's large pages: what is larger than a few of them is laid out in them, where it takes fewer lookups.
  private static let largePage = 2 << 20

  init(byteCount: Int) {
    self.byteCount = byteCount
    let isLarge = byteCount >= 2 * Block.largePage
    base = .allocate(
      byteCount: max(byteCount, 1), alignment: isLarge ? Block.largePage : Program.alignment)
    // A wish; without it all is slower and nothing else.
    if isLarge { madvise(base, byteCount, MADV_HUGEPAGE) }
  }

  convenience init(_ values: TensorValues) {
    self.init(byteCount: values.bytes.count)
    write(values.bytes)
  }

  func write(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes {
      UnsafeMutableRawBufferPointer(start: base, count: byteCount).copyMemory(from: $0)
    }
  }

  var bytes: [UInt8] { Array(UnsafeRawBufferPointer(start: base, count: byteCount)) }

  deinit { base.deallocate() }
}

/// Where a value lies and what it is.
struct Place {
  let base: UnsafeMutableRawPointer
  let type: TensorType

  func pointer<Scalar: TensorScalar>(to type: Scalar.Type = Scalar.self) -> UnsafeMutablePointer<Scalar> {
    base.assumingMemoryBound(to: Scalar.self)
  }
}
