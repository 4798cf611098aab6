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
    if kernel.needsElementaryFunctions {
      lines += ["#extension GL_GOOGLE_include_directive : require", "#include \"elementary.glsl\""]
    }
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
}

extension DType {
  /// The type of an element in a buffer.
  fileprivate var storageName: String { self == .uint8 ? "uint8_t" : registerName }

  /// The type of a value in a register.
  var registerName: String {
    switch self {
    case .float32: "float"
    case .float64: "double"
    case .int32, .uint8: "int"
    }
  }
}
