import Programs
import Tensors

extension ShaderText {
  /// Writes a fusion group with reduced axes: sums, softmax, normalization.
  ///
  /// A group of lanes in a workgroup shares one index along the kept axes. They pass over its elements once
  /// for each level of dependent sums and recompute what they need each time: a load from the cache costs
  /// less than a dispatch.
  ///
  /// - Returns: the number of workgroups, and the loop iterations of an invocation.
  mutating func reduction(
    _ fusionGroup: FusionGroup, _ buffers: [FusedKernel.Buffer], name: String, groupSize: Int,
    on device: DeviceTraits
  ) -> (groups: Int, iterations: Int) {
    var writer = ReductionWriter(fusionGroup, buffers, name: name, groupSize: groupSize, on: device)
    return (writer.write(into: &self), writer.iterations)
  }
}

private struct ReductionWriter {
  private let fusionGroup: FusionGroup
  private let buffers: [FusedKernel.Buffer]
  private let name: String
  private var parts: PartText

  /// Lanes per kept index, and kept indices per workgroup.
  private let lanes: Int
  private let places: Int

  /// The loop iterations of an invocation.
  let iterations: Int

  /// True if adjacent lanes have adjacent kept indices, because these are contiguous in memory (coalesced
  /// access).
  private let placesAreFast: Bool

  private let nest: LoopNest

  init(
    _ fusionGroup: FusionGroup, _ buffers: [FusedKernel.Buffer], name: String, groupSize: Int,
    on device: DeviceTraits
  ) {
    (self.fusionGroup, self.buffers, self.name) = (fusionGroup, buffers, name)
    parts = PartText(fusionGroup, buffers, prefix: name)
    let kept = fusionGroup.space.keptCount
    placesAreFast = !(fusionGroup.space.axes.last?.isReduced ?? true)
    nest = LoopNest(fusionGroup, buffers)
    let most = device.isSoftware ? groupSize : placesAreFast ? 32 : groupSize
    let reduced = fusionGroup.space.reducedCount
    var lanes =
      device.isSoftware || placesAreFast
      ? groupSize / min(most, kept.roundedUpToPowerOfTwo) : min(most, reduced.roundedUpToPowerOfTwo)
    let passes = nest.passes.count
    let each = fusionGroup.iterationsPerElement
    let iterations = { LoopLimit.iterations(passes: passes, over: reduced, each: each, lanes: $0) }
    while lanes < groupSize, iterations(lanes) > LoopLimit.perInvocation { lanes *= 2 }
    (self.lanes, places) = (lanes, groupSize / lanes)
    self.iterations = iterations(lanes)
  }

  mutating func write(into text: inout ShaderText) -> Int {
    parts.declareFunctions(into: &text)
    if lanes > 1 {
      for dtype in Set(accumulations.map(dtype)).sorted(by: { $0.registerName < $1.registerName }) {
        let type = dtype.registerName
        text.include("treeReduction.glsl", once: [("ELEMENT", type), ("SHARED", "partials_\(type)")])
      }
    }
    if nest.softmax.keys.contains(where: { dtype(of: $0) == .float64 }) {
      text.include("elementary.glsl")
    }
    let (kept, reduced) = (fusionGroup.space.keptCount, fusionGroup.space.reducedCount)
    let keptCount = text.constant(kept)
    let reducedCount = text.constant(reduced)
    text.add("void \(name)(uint group) {")
    text.add("  uint lane = gl_LocalInvocationID.x;")
    text.add(
      "  uint place = group * \(places)u + \(placesAreFast ? "lane % \(places)u" : "lane / \(lanes)u");"
    )
    text.add(
      "  uint first = \(lanes == 1 ? "0u" : placesAreFast ? "lane / \(places)u" : "lane % \(lanes)u");")
    // Lanes beyond the last index recompute it and store nothing, so that all lanes reach the barriers.
    text.add("  bool isInside = place < \(keptCount);")
    text.add("  uint k = min(place, \(keptCount) - 1u);")
    let (base, step) = addresses(into: &text)
    text.add("  uint base = \(base);")
    compute(kept: nest.kept[0], into: &text)
    for (number, pass) in nest.passes.enumerated() where !pass.isEmpty {
      // Every lane has read the score of the label before one of them overwrites it.
      if lanes > 1, !nest.softmax.isEmpty, pass.stored.contains(where: nest.overwriting.contains) {
        text.add("  barrier();")
      }
      write(pass, step, reducedCount, into: &text)
      compute(kept: nest.kept[number + 1], into: &text)
    }
    storeKept(into: &text)
    tails(into: &text)
    text.add("}")
    return (kept + places - 1) / places
  }

  private var accumulations: [LoopNest.Accumulation] { nest.passes.flatMap(\.accumulations) }

  private func dtype(of part: Int) -> DType { fusionGroup.results[fusionGroup.parts[part].firstResult].dtype }

  private func dtype(of accumulation: LoopNest.Accumulation) -> DType { dtype(of: accumulation.part) }

  private func register(of accumulation: LoopNest.Accumulation) -> String {
    switch accumulation.kind {
    case .sum: "v\(fusionGroup.parts[accumulation.part].firstResult)"
    case .maximum: "greatest\(accumulation.part)"
    case .sumOfExponentials: "total\(accumulation.part)"
    }
  }

  /// GLSL for the first element of a kept index, and the offset of element `r` from there.
  private func addresses(into text: inout ShaderText) -> (base: String, step: String) {
    var (memoryStep, base, step) = (1, [String](), [String]())
    var (keptBelow, reducedBelow) = (1, 1)
    let axes = fusionGroup.space.axes
    for (index, axis) in axes.enumerated().reversed() {
      let below = axis.isReduced ? reducedBelow : keptBelow
      var digit = axis.isReduced ? "r" : "k"
      if below > 1 { digit += " / \(text.constant(below))" }
      if axes[..<index].contains(where: { $0.isReduced == axis.isReduced }) {
        digit += " % \(text.constant(axis.extent))"
      }
      let term = memoryStep == 1 ? digit : "\(digit) * \(text.constant(memoryStep))"
      if axis.isReduced { step.append(term) } else { base.append(term) }
      if axis.isReduced { reducedBelow *= axis.extent } else { keptBelow *= axis.extent }
      memoryStep *= axis.extent
    }
    return (base.isEmpty ? "0u" : base.joined(separator: " + "), step.joined(separator: " + "))
  }

  /// A pass over the elements of a kept index, shared by its lanes.
  private mutating func write(
    _ pass: LoopNest.Pass, _ step: String, _ reducedCount: String, into text: inout ShaderText
  ) {
    for accumulation in pass.accumulations {
      let type = dtype(of: accumulation).registerName
      let start = accumulation.kind == .maximum ? "-1.0 / \(type)(0.0)" : "\(type)(0)"
      text.add("  \(type) \(register(of: accumulation)) = \(start);")
    }
    // Long sums are split into short ones to reduce rounding errors; a short sum is one part.
    let sums = pass.accumulations.filter { $0.kind != .maximum }
    if !sums.isEmpty {
      text.add("  for (uint from = first; from < \(reducedCount); from += \(64 * lanes)u) {")
      for sum in sums {
        let type = dtype(of: sum)
        text.add("    \(type.registerName) part\(register(of: sum)) = \(type.zeroName);")
      }
      text.add(
        "  for (uint r = from; r < min(\(reducedCount), from + \(64 * lanes)u); r += \(lanes)u) {")
    } else {
      text.add("  for (uint r = first; r < \(reducedCount); r += \(lanes)u) {")
    }
    text.add("    uint i = base + \(step);")
    parts.beginBlock()
    for part in pass.computed { compute(part, into: &text) }
    for accumulation in pass.accumulations { text.add("    " + update(accumulation)) }
    if !pass.stored.isEmpty {
      text.add("    if (isInside) {")
      for part in pass.stored { parts.store(part, at: "i", into: &text) }
      text.add("    }")
    }
    text.add("  }")
    if !sums.isEmpty {
      for sum in sums { text.add("    \(register(of: sum)) += part\(register(of: sum));") }
      text.add("  }")
    }
    parts.beginBlock()
    if lanes > 1 { for accumulation in pass.accumulations { text.add("  " + combined(accumulation)) } }
  }

  private func update(_ accumulation: LoopNest.Accumulation) -> String {
    let (own, value) = (
      register(of: accumulation), parts.load(fusionGroup.parts[accumulation.part].inputs[0], at: "i")
    )
    switch accumulation.kind {
    case .sum: return "part\(own) += \(value);"
    case .maximum: return "\(own) = max(\(own), \(value));"
    case .sumOfExponentials:
      return "part\(own) += \(exponential(dtype(of: accumulation)))(\(value) - greatest\(accumulation.part));"
    }
  }

  /// The accumulated values of all lanes of a kept index, combined.
  private func combined(_ accumulation: LoopNest.Accumulation) -> String {
    let (own, function) = (
      register(of: accumulation), "tree\(accumulation.kind == .maximum ? "Max" : "Sum")"
    )
    return "\(own) = \(function)(\(own), first, \(lanes)u, \(placesAreFast ? places : 1)u);"
  }

  private func exponential(_ dtype: DType) -> String { dtype == .float64 ? "exp_64" : "exp" }

  private mutating func compute(_ number: Int, into text: inout ShaderText) {
    let part = fusionGroup.parts[number]
    guard case .softmaxCrossEntropyGradient(_, let classes) = part.kernel,
      let shared = nest.softmax[number]
    else {
      return parts.compute(number, at: "i", into: &text)
    }
    let type = fusionGroup.results[part.firstResult].dtype
    let score = parts.load(part.inputs[0], at: "i")
    let probability = "\(exponential(type))(\(score) - greatest\(shared)) / total\(shared)"
    let label = parts.load(part.inputs[1], at: "k")
    parts.declare(
      part,
      "uint(\(label)) < \(text.constant(classes)) ? \(probability) - (r == uint(\(label)) ? \(type.registerName)(1.0) : "
        + "\(type.zeroName)) : \(type.notANumber)", into: &text)
  }

  /// Computes parts with one value per kept index.
  private mutating func compute(kept: [Int], into text: inout ShaderText) {
    for number in kept {
      let part = fusionGroup.parts[number]
      switch part.kernel {
      case .reduction: break
      case .softmaxCrossEntropy(_, let classes):
        guard let shared = nest.softmax[number] else { continue }
        let type = fusionGroup.results[part.firstResult].dtype
        let logarithm = "\(type == .float64 ? "log_64" : "log")(total\(shared))"
        let (label, count) = ("label\(number)", text.constant(classes))
        text.add("    uint \(label) = uint(\(parts.load(part.inputs[1], at: "k")));")
        // The address is clamped before use: both sides of a conditional may be evaluated.
        let score = parts.load(part.inputs[0], at: "k * \(count) + min(\(label), \(count) - 1u)")
        parts.declare(
          part,
          "\(label) < \(count) ? \(logarithm) - (\(score) - greatest\(shared)) : \(type.notANumber)",
          into: &text)
      default: parts.compute(number, at: "k", into: &text)
      }
    }
  }

  private mutating func storeKept(into text: inout ShaderText) {
    let stored = fusionGroup.parts.indices.filter { part in
      fusionGroup.parts[part].extent == .reduced
        && fusionGroup.results(of: part).contains { fusionGroup.results[$0].buffer != nil }
    }
    guard !stored.isEmpty else { return }
    // A barrier ensures that all lanes have read what one of them overwrites.
    if lanes > 1, stored.contains(where: nest.overwriting.contains) { text.add("  barrier();") }
    text.add("  if (isInside && first == 0u) {")
    for part in stored { parts.store(part, at: "k", into: &text) }
    text.add("  }")
  }

  private mutating func tails(into text: inout ShaderText) {
    for (number, part) in fusionGroup.parts.enumerated() where part.extent == .epilogue {
      guard case .pointwise(let kernel) = part.kernel else { continue }
      text.add("  for (uint e = lane; e < \(text.constant(kernel.count)); e += gl_WorkGroupSize.x) {")
      parts.beginBlock()
      parts.compute(number, at: "e", into: &text)
      parts.store(number, at: "e", into: &text)
      text.add("  }")
    }
  }
}

extension Int {
  fileprivate var roundedUpToPowerOfTwo: Int {
    self <= 1 ? 1 : 1 << (bitWidth - (self - 1).leadingZeroBitCount)
  }
}
