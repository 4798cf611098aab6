import Programs
import Tensors

extension ShaderText {
  /// Writes a segment that computes each element by itself.
  ///
  /// - Returns: its number of workgroups.
  mutating func elements(
    _ segment: Segment, _ buffers: [FusedKernel.Buffer], name: String, groupSize: Int, on device: DeviceTraits
  ) -> Int {
    var parts = PartText(segment, buffers, prefix: name)
    parts.declareFunctions(into: &self)
    let shuffled = segment.parts.first.flatMap { part -> RowKernel? in
      if case .gatherShuffled(let rows, _) = part.kernel, rows.rowLength >= 16 { rows } else { nil }
    }
    if let shuffled {
      return rows(segment, shuffled, &parts, name: name, groupSize: groupSize, on: device)
    }
    let count = segment.domain.count
    add("void \(name)(uint group) {")
    add("  uint i = group * gl_WorkGroupSize.x + gl_LocalInvocationID.x;")
    add("  if (i < \(constant(count))) {")
    for part in segment.parts.indices {
      parts.compute(part, at: "i", into: &self)
      parts.store(part, at: "i", into: &self)
    }
    add("  }")
    add("}")
    return (count + groupSize - 1) / groupSize
  }

  /// The same for the rows of a shuffled batch: which row it is, is worked out once for some of its elements.
  private mutating func rows(
    _ segment: Segment, _ rows: RowKernel, _ parts: inout PartText, name: String, groupSize: Int,
    on device: DeviceTraits
  ) -> Int {
    guard case .gatherShuffled(_, let count) = segment.parts[0].kernel else { return 0 }
    let perInvocation = device.isSoftware ? 16 : 4
    let chunks = (rows.rowLength + groupSize * perInvocation - 1) / (groupSize * perInvocation)
    let (chunkCount, length) = (constant(chunks), constant(rows.rowLength))
    add("void \(name)(uint group) {")
    add("  uint row = group / \(chunkCount);")
    let picked = parts.shuffledRow(segment.parts[0], rows, count, "row", into: &self)
    add("  uint picked = \(picked);")
    add(
      "  uint column = group % \(chunkCount) * gl_WorkGroupSize.x * \(perInvocation)u + gl_LocalInvocationID.x;"
    )
    add(
      "  for (uint e = 0u; e < \(perInvocation)u && column < \(length); e++, column += gl_WorkGroupSize.x) {")
    add("    uint i = row * \(length) + column;")
    let table = parts.load(segment.parts[0].inputs[0], at: "picked * \(length) + column")
    parts.declare(segment.parts[0], table, into: &self)
    parts.store(0, at: "i", into: &self)
    for part in segment.parts.indices.dropFirst() {
      parts.compute(part, at: "i", into: &self)
      parts.store(part, at: "i", into: &self)
    }
    add("  }")
    add("}")
    return rows.count * chunks
  }
}
