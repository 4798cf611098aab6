import Programs
import Tensors

/// GLSL for one dispatch of a fused kernel.
///
/// Each segment is a function of the number of a workgroup, counted from the segment's first.
struct FusedShader {
  let source: String
  let constants: [UInt32]
  let groupCount: Int

  init(_ kernel: FusedKernel, on device: DeviceTraits) {
    var text = ShaderText()
    let contraction = kernel.segments.first?.contraction
    let groupSize = contraction.map { _ in
      MatrixForm(isFloat64: kernel.buffers.contains { $0.dtype == .float64 }, on: device).groupSize
    }
    var calls: [String] = []
    var first: [String] = []
    var groupCount = 0
    for (number, segment) in kernel.segments.enumerated() {
      let name = "segment\(number)"
      first.append(number == 0 ? "0u" : text.constant(groupCount))
      let groups: Int
      if segment.contraction != nil {
        groups = text.contraction(segment, kernel.buffers, name: name, on: device)
      } else if segment.domain.isReduced {
        groups = text.fold(segment, kernel.buffers, name: name, groupSize: device.groupSize, on: device)
      } else {
        groups = text.elements(segment, kernel.buffers, name: name, groupSize: device.groupSize, on: device)
      }
      groupCount += groups
      calls.append("\(name)(group - \(first[number]))")
    }
    text.include("index.glsl")
    let total = text.constant(groupCount)
    text.add("void main() {")
    text.add("  uint group = groupIndex();")
    // Workgroups that do not fit along x continue along y, where some are too many.
    text.add("  if (group >= \(total)) return;")
    for (number, call) in calls.enumerated() {
      let isLast = number + 1 == calls.count
      text.add("  \(isLast ? "" : "if (group < \(first[number + 1])) ")\(call);\(isLast ? "" : " else")")
    }
    text.add("}")
    self.groupCount = groupCount
    constants = text.constants
    source = text.source(buffers: kernel.buffers, groupSize: groupSize ?? device.groupSize)
  }
}

extension DispatchPlan {
  static func fused(_ kernel: FusedKernel, on device: DeviceTraits) -> DispatchPlan {
    let shader = FusedShader(kernel, on: device)
    return DispatchPlan(
      generated: shader.source, forms: kernel.variants, words: shader.constants,
      groups: device.folded(shader.groupCount))
  }
}
