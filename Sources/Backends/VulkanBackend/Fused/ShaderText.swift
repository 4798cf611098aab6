import Programs
import Tensors

/// A compute shader under construction.
///
/// Sizes and other numbers are parameters beside the text: push constants while there is room, then a buffer.
/// So kernels that differ only in numbers share one text and one pipeline.
struct ShaderText {
  private(set) var lines: [String] = []
  private(set) var constants: [UInt32] = []
  private var includes: [String] = []
  private var blocks: [String] = []
  private var extents: [[Int]: [String]] = [:]
  private var literals: [[UInt32]: [String]] = [:]

  mutating func add(_ line: String) { lines.append(line) }

  /// A number as an unsigned expression.
  mutating func constant(_ number: Int) -> String {
    word(UInt32(bitPattern: Int32(truncatingIfNeeded: number)))
  }

  /// The words of a literal; equal literals share them.
  mutating func constants(of literal: [UInt32]) -> [String] {
    if let known = literals[literal] { return known }
    let names = literal.map { word($0) }
    literals[literal] = names
    return names
  }

  private mutating func word(_ word: UInt32) -> String {
    constants.append(word)
    let index = constants.count - 1
    let most = DispatchPlan.mostPushConstants
    return index < most ? "sizes[\(index)]" : "moreSizes[\(index - most)]"
  }

  /// The extents of a shape; equal shapes share them.
  mutating func constants(for shape: [Int]) -> [String] {
    if let known = extents[shape] { return known }
    let names = shape.map { constant($0) }
    extents[shape] = names
    return names
  }

  /// Includes a file once, at the beginning.
  mutating func include(_ file: String) {
    if !includes.contains(file) { includes.append(file) }
  }

  /// Includes a file once, at the beginning, with macros defined for it only.
  mutating func include(_ file: String, once macros: [(name: String, text: String)]) {
    let block =
      macros.map { "#define \($0.name) \($0.text)\n" }.joined() + "#include \"\(file)\"\n"
      + macros.map { "#undef \($0.name)\n" }.joined()
    if !blocks.contains(block) { blocks.append(block) }
  }

  /// Includes files at the current position, with macros defined for them only.
  mutating func include(_ files: [String], defining macros: [(name: String, text: String)]) {
    for macro in macros { add("#define \(macro.name) \(macro.text)") }
    for file in files { add("#include \"\(file)\"") }
    for macro in macros { add("#undef \(macro.name.prefix { $0 != "(" })") }
  }

  /// The complete shader: buffer declarations and text.
  func source(buffers: [FusedKernel.Buffer], groupSize: Int) -> String {
    var head = [
      "#version 450", "#extension GL_GOOGLE_include_directive : require",
      "#extension GL_EXT_control_flow_attributes : require",
      "#extension GL_KHR_shader_subgroup_ballot : enable",
    ]
    if buffers.contains(where: { $0.dtype.byteCount == 1 }) { head.append("#include \"bytes.glsl\"") }
    if buffers.contains(where: { $0.dtype.byteCount == 2 }) { head.append("#include \"halves.glsl\"") }
    head.append("layout(local_size_x = \(groupSize)) in;")
    for (index, buffer) in buffers.enumerated() {
      // Storing a part of a word reads the rest of it.
      let isRead = buffer.isRead || buffer.dtype.isPacked
      let access = buffer.isWritten ? isRead ? "" : "writeonly " : "readonly "
      head.append(
        "layout(std430, binding = \(index)) \(access)buffer B\(index) { \(buffer.dtype.storageName) b\(index)[]; };"
      )
    }
    if !constants.isEmpty {
      let count = min(constants.count, DispatchPlan.mostPushConstants)
      head.append("layout(push_constant) uniform Sizes { uint sizes[\(count)]; };")
    }
    if constants.count > DispatchPlan.mostPushConstants {
      head.append(
        "layout(std430, binding = \(buffers.count)) readonly buffer MoreSizes { uint moreSizes[]; };")
    }
    head += includes.map { "#include \"\($0)\"" }
    head += blocks
    return (head + lines).joined(separator: "\n") + "\n"
  }
}
