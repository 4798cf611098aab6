import Programs
import Tensors

/// GLSL for a chain of pointwise operations, one element an invocation.
///
/// The number of elements is a push constant and not part of the text, so that kernels of one form share one pipeline
/// whatever their size; only inputs that are walked by strides write their extents into it.
struct PointwiseShader {
  let source: String

  init(_ kernel: PointwiseKernel, outputs: [DType]) {
    var lines = ["#version 450"]
    let types = kernel.inputs.map(\.dtype) + outputs
    if types.contains(.uint8) { lines.append("#extension GL_EXT_shader_8bit_storage : require") }
    lines.append("layout(local_size_x_id = 0) in;")
    for (index, type) in types.enumerated() {
      let access = index < kernel.inputs.count ? "readonly " : "writeonly "
      lines.append(
        "layout(std430, binding = \(index)) \(access)buffer B\(index) { \(type.storageName) b\(index)[]; };")
    }
    lines.append("layout(push_constant) uniform Sizes { uint count; };")
    lines.append("void main() {")
    lines.append(
      "  uint i = gl_GlobalInvocationID.x + gl_GlobalInvocationID.y * gl_NumWorkGroups.x * gl_WorkGroupSize.x;"
    )
    lines.append("  if (i >= count) return;")
    if kernel.inputs.contains(where: { !$0.isContiguous && !$0.isUniform }) {
      lines += PointwiseShader.coordinates(of: kernel.shape)
    }
    for (index, input) in kernel.inputs.enumerated() {
      lines.append(
        "  \(input.dtype.registerName) r\(index) = \(PointwiseShader.load(input, index, kernel.shape));")
    }
    for (index, step) in kernel.steps.enumerated() {
      let expression = PointwiseShader.expression(of: step, in: kernel)
      lines.append("  \(step.dtype.registerName) r\(kernel.inputs.count + index) = \(expression);")
    }
    for (index, register) in kernel.results.enumerated() {
      let value = outputs[index] == .uint8 ? "uint8_t(r\(register))" : "r\(register)"
      lines.append("  b\(kernel.inputs.count + index)[i] = \(value);")
    }
    lines.append("}")
    source = lines.joined(separator: "\n") + "\n"
  }

  /// i taken apart into one coordinate for each axis.
  private static func coordinates(of shape: [Int]) -> [String] {
    var lines = ["  uint rest = i;"]
    for axis in shape.indices.reversed() {
      lines.append("  int c\(axis) = int(rest % \(shape[axis])u); rest /= \(shape[axis])u;")
    }
    return lines
  }

  private static func load(_ input: PointwiseKernel.Input, _ index: Int, _ shape: [Int]) -> String {
    let type = input.dtype.registerName
    if input.isUniform { return "\(type)(b\(index)[\(input.offset)])" }
    if input.isContiguous { return "\(type)(b\(index)[i + \(input.offset)u])" }
    let terms = shape.indices.filter { input.strides[$0] != 0 }.map { "c\($0) * \(input.strides[$0])" }
    let address = (["\(input.offset)"] + terms).joined(separator: " + ")
    let tests = (input.bounds ?? []).enumerated().flatMap { axis, range in
      (range.lowerBound > 0 ? ["c\(axis) >= \(range.lowerBound)"] : [])
        + (range.upperBound < shape[axis] ? ["c\(axis) < \(range.upperBound)"] : [])
    }
    guard !tests.isEmpty else { return "\(type)(b\(index)[\(address)])" }
    // The address is moved inside before it is used: both sides of a choice may be computed.
    let inside = tests.joined(separator: " && ")
    return "(\(inside)) ? \(type)(b\(index)[(\(inside)) ? \(address) : 0]) : \(type)(0)"
  }

  private static func expression(of register: PointwiseKernel.Register, in kernel: PointwiseKernel) -> String
  {
    switch register.step {
    case .literal(let number):
      return register.dtype.isFloating
        ? "uintBitsToFloat(\(Float(number).bitPattern)u)" : "int(\(UInt32(bitPattern: Int32(number)))u)"
    case .apply(let operation, let arguments):
      let names = arguments.map { "r\($0)" }
      return kernel.dtype(of: arguments[0]).isFloating
        ? floatExpression(operation, names) : intExpression(operation, names)
    }
  }

  // Comparisons are written so that a NaN comes through.
  private static func floatExpression(_ op: Pointwise, _ r: [String]) -> String {
    let a = r[0]
    let b = r[min(1, r.count - 1)]
    return switch op {
    case .negate: "-\(a)"
    case .abs: "abs(\(a))"
    case .exp: "exp(\(a))"
    case .log: "log(\(a))"
    case .sqrt: "sqrt(\(a))"
    // Near zero by a polynomial, because 1 − 2 / (e²ˣ + 1) loses digits there; far out without overflow.
    case .tanh:
      "abs(\(a)) < 0.3 ? \(a) + \(a) * \(a) * \(a) * (-0.33333333 + \(a) * \(a) * (0.13333333 + \(a) * \(a) * "
        + "(-0.05396825 + \(a) * \(a) * (0.021869488 - 0.0088632355 * \(a) * \(a))))) : "
        + "sign(\(a)) * (1.0 - 2.0 / (exp(2.0 * abs(\(a))) + 1.0))"
    case .sigmoid: "1.0 / (1.0 + exp(-\(a)))"
    case .relu: "\(a) < 0.0 ? 0.0 : \(a)"
    case .floor: "floor(\(a))"
    case .cast(.float32), .cast(.float64): a
    case .cast(.int32): truncated(a)
    case .cast(.uint8): "clamp(\(truncated(a)), 0, 255)"
    case .add: "\(a) + \(b)"
    case .subtract: "\(a) - \(b)"
    case .multiply: "\(a) * \(b)"
    case .divide: "\(a) / \(b)"
    case .maximum: "\(a) < \(b) || isnan(\(b)) ? \(b) : \(a)"
    case .minimum: "\(b) < \(a) || isnan(\(b)) ? \(b) : \(a)"
    case .power: "pow(\(a), \(b))"
    case .remainder: "\(a) - \(b) * trunc(\(a) / \(b))"
    case .equal: "int(\(a) == \(b))"
    case .less: "int(\(a) < \(b))"
    case .select: "\(a) != 0.0 ? \(b) : \(r[2])"
    }
  }

  private static func intExpression(_ op: Pointwise, _ r: [String]) -> String {
    let a = r[0]
    let b = r[min(1, r.count - 1)]
    // GLSL leaves the quotient by zero undefined; here it is 0, as everywhere.
    let quotient = "(\(b) == 0 ? 0 : \(a) / (\(b) == 0 ? 1 : \(b)))"
    return switch op {
    case .negate: "-\(a)"
    case .abs: "abs(\(a))"
    case .relu: "max(\(a), 0)"
    case .cast(.float32), .cast(.float64): "float(\(a))"
    case .cast(.int32): a
    case .cast(.uint8): "clamp(\(a), 0, 255)"
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
    case .exp, .log, .sqrt, .tanh, .sigmoid, .floor, .power:
      preconditionFailure("\(op.name) has no form for integers")
    }
  }

  /// Towards zero; what int32 cannot hold becomes its nearest, NaN becomes 0.
  private static func truncated(_ a: String) -> String {
    "(isnan(\(a)) ? 0 : \(a) >= 2147483648.0 ? 2147483647 : int(max(\(a), -2147483648.0)))"
  }
}

extension DType {
  /// The type of an element in a buffer.
  fileprivate var storageName: String {
    switch self {
    case .float32: "float"
    case .int32: "int"
    case .uint8: "uint8_t"
    case .float64: preconditionFailure("float64 kernels are refused before any is written")
    }
  }

  /// The type of a value in a register.
  fileprivate var registerName: String { isFloating ? "float" : "int" }
}
