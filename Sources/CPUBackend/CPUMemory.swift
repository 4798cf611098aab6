import Programs
import Tensors

/// A block of host memory that frees itself.
final class Block {
  let base: UnsafeMutableRawPointer
  let byteCount: Int

  init(byteCount: Int) {
    self.byteCount = byteCount
    base = .allocate(byteCount: max(byteCount, 1), alignment: Program.alignment)
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
