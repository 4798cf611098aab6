import Programs
import Tensors

import Glibc

extension Reference {
  /// Each step is computed in float64 and rounded to its type, which for sums, products, quotients and roots
  /// equals arithmetic in that type.
  ///
  /// int64 is not computed with: its registers hold the element's bits.
  static func pointwise(_ kernel: PointwiseKernel, inputs: [BufferView], outputs: [BufferView]) -> Work {
    let registers = kernel.inputs.count + kernel.steps.count
    return Work(extent: kernel.count, grain: grain(20 * registers)) { range in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: max(registers, 1) * block) { memory in
        for start in stride(from: range.lowerBound, to: range.upperBound, by: block) {
          let count = min(block, range.upperBound - start)
          func column(_ register: Int) -> UnsafeMutableBufferPointer<Double> {
            UnsafeMutableBufferPointer(rebasing: memory[register * block..<register * block + count])
          }
          for (r, input) in kernel.inputs.enumerated() {
            let x = column(r)
            for e in 0..<count {
              x[e] = input.address(of: start + e, in: kernel.shape).map(inputs[r].number) ?? 0
            }
          }
          for (s, step) in kernel.steps.enumerated() {
            let y = column(kernel.inputs.count + s)
            switch step.step {
            case .literal(let number): y.update(repeating: literal(number, step.dtype))
            case .apply(let operation, let arguments):
              let (a, b, c) = (
                column(arguments[0]), column(arguments[min(1, arguments.count - 1)]),
                column(arguments[min(2, arguments.count - 1)])
              )
              let dtype = kernel.dtype(of: arguments[arguments.count - 1])
              for e in 0..<count {
                y[e] = rounded(apply(operation, a[e], b[e], c[e], dtype), to: step.dtype)
              }
            }
          }
          for (o, output) in outputs.enumerated() {
            let x = column(kernel.results[o])
            for e in 0..<count { output.store(x[e], at: start + e) }
          }
        }
      }
    }
  }

  /// Elements per block: one at a time, dispatch on the steps would cost more than the arithmetic.
  private static let block = 256

  /// Comparisons are written so that NaN operands propagate.
  ///
  /// - Parameter dtype: of the last argument.
  private static func apply(_ op: Pointwise, _ a: Double, _ b: Double, _ c: Double, _ dtype: DType) -> Double
  {
    let isFloating = dtype.isFloating
    return switch op {
    case .negate: -a
    case .abs: a.magnitude
    case .sqrt: a.squareRoot()
    case .function(let function): function(a)
    case .relu: a < 0 ? 0 : a
    case .floor: floor(a)
    case .cast(.int32) where dtype == .int64: Double(Int32(clamping: a.int64))
    case .cast(.int32): min(max(a, -0x1p31), 0x1p31 - 1)
    case .cast(.int64): Double(int64: Int64(a))
    case .cast(.float16): Precision.float16.nearest(to: a)
    case .cast(.bfloat16): Precision.bfloat16.nearest(to: a)
    case .cast(.bool): a == 0 ? 0 : 1
    case .cast: a
    case .rounded(let precision): precision.nearest(to: a)
    case .add: a + b
    case .subtract: a - b
    case .multiply: isFloating ? a * b : Double(Int32(a) &* Int32(b))
    case .divide: isFloating ? a / b : b == 0 ? 0 : (a / b).rounded(.towardZero)
    case .maximum: a < b || b.isNaN ? b : a
    case .minimum: b < a || b.isNaN ? b : a
    case .power: pow(a, b)
    case .remainder: isFloating ? fmod(a, b) : b == 0 ? 0 : a.truncatingRemainder(dividingBy: b)
    case .equal: a == b ? 1 : 0
    case .less: a < b ? 1 : 0
    case .select: a != 0 ? b : c
    }
  }

  /// Rounds to the nearest number of the type.
  ///
  /// Integers are truncated towards zero; int32 wraps around, as its sums do, and NaN becomes 0.
  private static func rounded(_ x: Double, to dtype: DType) -> Double {
    switch dtype {
    case .float32: Double(Float(x))
    case .float64: x
    case .int32:
      if x.isNaN {
        0
      } else if abs(x) < 0x1p62 {
        Double(Int32(truncatingIfNeeded: Int64(x)))
      } else {
        x < 0 ? -0x1p31 : 0x1p31 - 1
      }
    case .uint8: x.isNaN ? 0 : min(max(x.rounded(.towardZero), 0), 255)
    // Casts have rounded it already; the rest moves it.
    case .float16, .bfloat16, .int64, .bool: x
    }
  }

  private static func literal(_ number: Double, _ dtype: DType) -> Double {
    dtype == .int64 ? Double(int64: Int64(number)) : rounded(dtype.nearest(to: number), to: dtype)
  }
}

extension Double {
  /// A register with the bits of an int64.
  fileprivate init(int64: Int64) { self.init(bitPattern: UInt64(bitPattern: int64)) }

  fileprivate var int64: Int64 { Int64(bitPattern: bitPattern) }
}

extension PointwiseKernel.Input {
  /// The memory index read for element `index` of the kernel; nil outside the bounds.
  fileprivate func address(of index: Int, in shape: [Int]) -> Int? {
    var rest = index
    var address = offset
    for axis in shape.indices.reversed() {
      let coordinate = rest % shape[axis]
      rest /= shape[axis]
      if let bounds, !bounds[axis].contains(coordinate) { return nil }
      address += coordinate * strides[axis]
    }
    return address
  }
}

extension BufferView {
  fileprivate func number(at index: Int) -> Double {
    switch type.dtype {
    case .float32: Double(pointer(to: Float.self)[index])
    case .float64: pointer(to: Double.self)[index]
    case .int32: Double(pointer(to: Int32.self)[index])
    case .uint8: Double(pointer(to: UInt8.self)[index])
    case .bool: pointer(to: UInt8.self)[index] == 0 ? 0 : 1
    case .int64: Double(int64: pointer(to: Int64.self)[index])
    case .float16: Double(pointer(to: Float16.self)[index])
    case .bfloat16: Double(BFloat16Bits.value(of: base.assumingMemoryBound(to: UInt16.self)[index]))
    }
  }

  fileprivate func store(_ number: Double, at index: Int) {
    switch type.dtype {
    case .float32: pointer(to: Float.self)[index] = Float(number)
    case .float64: pointer(to: Double.self)[index] = number
    case .int32: pointer(to: Int32.self)[index] = Int32(number)
    case .uint8, .bool: pointer(to: UInt8.self)[index] = UInt8(number)
    case .int64: pointer(to: Int64.self)[index] = number.int64
    case .float16: pointer(to: Float16.self)[index] = Float16(number)
    case .bfloat16: base.assumingMemoryBound(to: UInt16.self)[index] = BFloat16Bits.nearest(to: number)
    }
  }
}
