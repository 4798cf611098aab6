import Programs
import Tensors

extension ShaderText {
  /// Writes an elementwise fusion group.
  ///
  /// - Returns: the number of workgroups, and the loop iterations of an invocation.
  mutating func elements(
    _ fusionGroup: FusionGroup, _ buffers: [FusedKernel.Buffer], name: String, groupSize: Int,
    on device: DeviceTraits
  ) -> (groups: Int, iterations: Int) {
    var parts = PartText(fusionGroup, buffers, prefix: name)
    parts.declareFunctions(into: &self)
    let shuffled = fusionGroup.parts.first.flatMap { part -> RowKernel? in
      if case .gatherShuffled(let rows, _) = part.kernel, rows.rowLength >= 16 { rows } else { nil }
    }
    let iterations = fusionGroup.iterationsPerElement
    if let shuffled {
      let groups = rows(fusionGroup, shuffled, &parts, name: name, groupSize: groupSize, on: device)
      return (groups, 16 * (1 + iterations))
    }
    let count = fusionGroup.space.count
    let packed = fusionGroup.storedPacked
    if !packed.isEmpty {
      return (words(fusionGroup, packed, &parts, name: name, groupSize: groupSize), 4 * (1 + iterations))
    }
    add("void \(name)(uint group) {")
    add("  uint i = group * gl_WorkGroupSize.x + gl_LocalInvocationID.x;")
    add("  if (i < \(constant(count))) {")
    for part in fusionGroup.parts.indices {
      parts.compute(part, at: "i", into: &self)
      parts.store(part, at: "i", into: &self)
    }
    add("  }")
    add("}")
    return ((count + groupSize - 1) / groupSize, iterations)
  }

  /// The same where bytes or elements of two bytes are stored: each invocation computes the four elements of a word, or
  /// of two, to avoid write conflicts.
  private mutating func words(
    _ fusionGroup: FusionGroup, _ packed: [(result: Int, buffer: Int, isByte: Bool)], _ parts: inout PartText,
    name: String,
    groupSize: Int
  ) -> Int {
    parts.gathersWords = true
    let count = constant(fusionGroup.space.count)
    add("void \(name)(uint group) {")
    add("  uint first = 4u * (group * gl_WorkGroupSize.x + gl_LocalInvocationID.x);")
    add("  if (first >= \(count)) return;")
    for (result, _, isByte) in packed {
      add(isByte ? "  uint word\(result) = 0u;" : "  uint words\(result)[2] = uint[](0u, 0u);")
    }
    add("  for (uint i = first; i < min(first + 4u, \(count)); i++) {")
    for part in fusionGroup.parts.indices {
      parts.compute(part, at: "i", into: &self)
      parts.store(part, at: "i", into: &self)
    }
    add("  }")
    for (result, buffer, isByte) in packed {
      guard !isByte else {
        add("  STORE_BYTES(b\(buffer), first, \(count), word\(result));")
        continue
      }
      add("  STORE_HALVES(b\(buffer), first, \(count), words\(result)[0]);")
      add("  if (first + 2u < \(count)) STORE_HALVES(b\(buffer), first + 2u, \(count), words\(result)[1]);")
    }
    add("}")
    return (fusionGroup.space.count + 4 * groupSize - 1) / (4 * groupSize)
  }

  /// The same for rows of a shuffled batch: the row index is computed once for several of its elements.
  private mutating func rows(
    _ fusionGroup: FusionGroup, _ rows: RowKernel, _ parts: inout PartText, name: String, groupSize: Int,
    on device: DeviceTraits
  ) -> Int {
    guard case .gatherShuffled(_, let count) = fusionGroup.parts[0].kernel else { return 0 }
    let perInvocation = device.isSoftware ? 16 : 4
    let chunks = (rows.rowLength + groupSize * perInvocation - 1) / (groupSize * perInvocation)
    let (chunkCount, length) = (constant(chunks), constant(rows.rowLength))
    add("void \(name)(uint group) {")
    add("  uint row = group / \(chunkCount);")
    let picked = parts.shuffledRow(fusionGroup.parts[0], rows, count, "row", into: &self)
    add("  uint picked = \(picked);")
    add(
      "  uint column = group % \(chunkCount) * gl_WorkGroupSize.x * \(perInvocation)u + gl_LocalInvocationID.x;"
    )
    add(
      "  for (uint e = 0u; e < \(perInvocation)u && column < \(length); e++, column += gl_WorkGroupSize.x) {")
    add("    uint i = row * \(length) + column;")
    let table = parts.load(fusionGroup.parts[0].inputs[0], at: "picked * \(length) + column")
    parts.declare(fusionGroup.parts[0], table, into: &self)
    parts.store(0, at: "i", into: &self)
    for part in fusionGroup.parts.indices.dropFirst() {
      parts.compute(part, at: "i", into: &self)
      parts.store(part, at: "i", into: &self)
    }
    add("  }")
    add("}")
    return rows.count * chunks
  }
}

extension FusionGroup {
  /// The inner loop iterations of its parts per element.
  var iterationsPerElement: Int { parts.reduce(0) { $0 + $1.kernel.iterationsPerElement } }

  /// The stored results of less than a word.
  fileprivate var storedPacked: [(result: Int, buffer: Int, isByte: Bool)] {
    results.enumerated().compactMap { number, result in
      guard let buffer = result.buffer, result.dtype.isPacked else { return nil }
      return (number, buffer, result.dtype.byteCount == 1)
    }
  }
}
