import Programs
import Tensors

/// The GLSL of the steps of a pointwise chain.
enum PointwiseExpression {
  /// The expression of a step, given the names of the registers.
  ///
  /// - Parameter words: the expressions for the words of a literal.
  static func text(
    of register: PointwiseKernel.Register, in kernel: PointwiseKernel, names: [String],
    words: (_ literal: [UInt32]) -> [String]
  ) -> String {
    switch register.step {
    case .literal(let number): literal(number, register.dtype, words)
    case .apply(let operation, let arguments): apply(operation, arguments, in: kernel, names)
    }
  }

  /// Literals written into the text, because compilers optimize them; others are passed as parameters.
  private static let formal: Set<Double> = [0, 1, -1, 2, 0.5, .infinity, -.infinity]

  /// Floating-point numbers by their bits, which cover infinity and NaN, and need no rounding.
  private static func literal(_ number: Double, _ dtype: DType, _ words: ([UInt32]) -> [String]) -> String {
    let bits: [UInt32] =
      switch dtype {
      case .float32, .float16, .bfloat16: [Float(dtype.nearest(to: number)).bitPattern]
      case .float64: halves(of: number.bitPattern)
      case .int64: halves(of: UInt64(bitPattern: Int64(number)))
      case .int32, .uint8, .bool: [UInt32(bitPattern: Int32(number))]
      }
    let isFormal = formal.contains(number) || number.isNaN
    let names = isFormal ? bits.map { "\($0)u" } : words(bits)
    return switch dtype {
    case .float32, .float16, .bfloat16: "uintBitsToFloat(\(names[0]))"
    case .float64: "packDouble2x32(uvec2(\(names[0]), \(names[1])))"
    case .int64: "uvec2(\(names[0]), \(names[1]))"
    case .int32, .uint8, .bool: "int(\(names[0]))"
    }
  }

  /// The lower and the upper half.
  private static func halves(of bits: UInt64) -> [UInt32] {
    [UInt32(truncatingIfNeeded: bits), UInt32(bits >> 32)]
  }

  private static func apply(
    _ op: Pointwise, _ arguments: [Int], in kernel: PointwiseKernel, _ registers: [String]
  ) -> String {
    let names = arguments.map { registers[$0] }
    return switch kernel.dtype(of: arguments[0]) {
    case .float32, .float16, .bfloat16: float(op, names) ?? real(op, names, suffix: "")
    case .float64: double(op, names) ?? real(op, names, suffix: "lf")
    case .int32, .uint8, .bool: int(op, names)
    // A cast to int32, the only operation that reads one.
    case .int64: "saturated(\(names[0]))"
    }
  }

  /// The operations on floats that differ from those on doubles.
  private static func float(_ op: Pointwise, _ r: [String]) -> String? {
    let a = r[0]
    return switch op {
    case .function(let function): "\(function.rawValue)_32(\(a))"
    case .power: "power32(\(a), \(r[1]))"
    case .remainder: "remainder32(\(a), \(r[1]))"
    case .rounded(.float32): a
    case .rounded(.tf32): "roundedToTF32(\(a))"
    case .rounded(.bfloat16), .cast(.bfloat16): "roundedToBFloat16(\(a))"
    case .rounded(.float16), .cast(.float16): "roundedToFloat16(\(a))"
    default: nil
    }
  }

  /// The same for doubles, from `elementary.glsl`: GLSL's own functions are float only.
  private static func double(_ op: Pointwise, _ r: [String]) -> String? {
    switch op {
    case .function(let function): "\(function.rawValue)_64(\(r[0]))"
    case .power: "power64(\(r[0]), \(r[1]))"
    case .remainder: "remainder64(\(r[0]), \(r[1]))"
    case .rounded(let precision):
      "rounded64(\(r[0]), \(precision.fractionBits), \(precision.greatestExponent))"
    default: nil
    }
  }

  /// The operations common to both.
  ///
  /// Comparisons are written so that NaN propagates.
  private static func real(_ op: Pointwise, _ r: [String], suffix: String) -> String {
    let a = r[0]
    let b = r[min(1, r.count - 1)]
    return switch op {
    case .negate: "-\(a)"
    case .abs: "abs(\(a))"
    case .sqrt: "sqrt(\(a))"
    case .relu: "\(a) < 0.0\(suffix) ? 0.0\(suffix) : \(a)"
    case .floor: "floor(\(a))"
    case .cast(let type) where type.isFloating: "\(type.registerName)(\(a))"
    case .cast(.int32): truncated(a, suffix)
    case .cast(.bool): "int(\(a) != 0.0\(suffix))"
    case .cast: "clamp(\(truncated(a, suffix)), 0, 255)"
    case .add: "\(a) + \(b)"
    case .subtract: "\(a) - \(b)"
    case .multiply: "\(a) * \(b)"
    case .divide: "\(a) / \(b)"
    case .maximum: "\(a) < \(b) || isnan(\(b)) ? \(b) : \(a)"
    case .minimum: "\(b) < \(a) || isnan(\(b)) ? \(b) : \(a)"
    case .equal: "int(\(a) == \(b))"
    case .less: "int(\(a) < \(b))"
    case .select: "\(a) != 0.0\(suffix) ? \(b) : \(r[2])"
    case .function, .power, .remainder, .rounded:
      preconditionFailure("\(op.name) is written for each type")
    }
  }

  private static func int(_ op: Pointwise, _ r: [String]) -> String {
    let a = r[0]
    let b = r[min(1, r.count - 1)]
    // GLSL leaves division by zero undefined, here it is 0; likewise the least int32 divided by −1, here it
    // wraps around to itself.
    let quotient = "(\(b) == 0 ? 0 : \(b) == -1 ? -\(a) : \(a) / (\(b) == 0 || \(b) == -1 ? 1 : \(b)))"
    return switch op {
    case .negate: "-\(a)"
    case .abs: "abs(\(a))"
    case .relu: "max(\(a), 0)"
    case .cast(let type) where type.isFloating: "\(type.registerName)(\(a))"
    case .cast(.int32): a
    case .cast(.bool): "int(\(a) != 0)"
    // The upper half repeats the sign.
    case .cast(.int64): "uvec2(uint(\(a)), uint(\(a) >> 31))"
    case .cast: "clamp(\(a), 0, 255)"
    case .add: "\(a) + \(b)"
    case .subtract: "\(a) - \(b)"
    case .multiply: "\(a) * \(b)"
    case .divide: quotient
    case .remainder: "\(b) == 0 ? 0 : \(a) - \(b) * \(quotient)"
    case .maximum: "max(\(a), \(b))"
    case .minimum: "min(\(a), \(b))"
    case .equal: "int(\(a) == \(b))"
    case .less: "int(\(a) < \(b))"
    case .select: "\(a) != 0 ? \(b) : \(r[2])"
    case .function, .sqrt, .floor, .power, .rounded:
      preconditionFailure("\(op.name) has no form for integers")
    }
  }

  /// Truncates towards zero; saturates to the range of int32; NaN becomes 0.
  private static func truncated(_ a: String, _ suffix: String) -> String {
    "(isnan(\(a)) ? 0 : \(a) >= 2147483648.0\(suffix) ? 2147483647 : int(max(\(a), -2147483648.0\(suffix))))"
  }
}

extension PointwiseKernel {
  /// The include files that its steps need.
  var includes: [String] {
    let files = steps.compactMap { register -> String? in
      guard case .apply(let operation, let arguments) = register.step else { return nil }
      switch operation {
      case .cast(.float16), .cast(.bfloat16): return "rounding.glsl"
      case .cast where dtype(of: arguments[0]) == .int64: return "saturation.glsl"
      case .function, .power, .remainder:
        return
          register.dtype == .float64
          ? "elementary.glsl" : register.dtype == .float32 ? "elementary32.glsl" : nil
      case .rounded(let precision):
        return register.dtype == .float64 ? "elementary.glsl" : precision == .float32 ? nil : "rounding.glsl"
      default: return nil
      }
    }
    return Set(files).sorted()
  }
}

extension DType {
  /// True if several elements are packed into a word.
  var isPacked: Bool { byteCount < 4 }

  /// The type of a buffer's elements; packed ones are in words.
  var storageName: String { isPacked ? "uint" : registerName }

  /// The type of a value in a register.
  var registerName: String {
    switch self {
    case .float32, .float16, .bfloat16: "float"
    case .float64: "double"
    case .int32, .uint8, .bool: "int"
    // Its two words, as not every device has int64.
    case .int64: "uvec2"
    }
  }

  /// NaN, in a register of floats.
  var notANumber: String {
    self == .float64 ? "packDouble2x32(uvec2(0u, 0x7FF80000u))" : "uintBitsToFloat(0x7FC00000u)"
  }

  /// Zero in a register.
  var zeroName: String { "\(registerName)(0)" }
}
