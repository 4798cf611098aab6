import Programs
import Tensors

extension ShaderText {
  /// Writes a segment with reduced axes: sums, softmax, normalization.
  ///
  /// A group of lanes in a workgroup shares one index along the kept axes. They pass over its elements once
  /// for each level of dependent sums and recompute what they need each time: a load from the cache costs
  /// less than a dispatch.
  ///
  /// - Returns: the number of workgroups, and the loop iterations of an invocation.
  mutating func fold(
    _ segment: Segment, _ buffers: [FusedKernel.Buffer], name: String, groupSize: Int, on device: DeviceTraits
  ) -> (groups: Int, iterations: Int) {
    var writer = FoldWriter(segment, buffers, name: name, groupSize: groupSize, on: device)
    return (writer.write(into: &self), writer.iterations)
  }
}

private struct FoldWriter {
  private let segment: Segment
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

  /// The pass in which each part is computed; for a reduction, the pass after which it is available.
  private let walkOf: [Int]

  /// A reduction of a part: a sum or maximum, computed in pass `walk`.
  private struct Fold {
    let part: Int
    let walk: Int
    let register: String
    let dtype: DType
    let isMaximum: Bool
  }
  private let folds: [Fold]

  init(
    _ segment: Segment, _ buffers: [FusedKernel.Buffer], name: String, groupSize: Int, on device: DeviceTraits
  ) {
    (self.segment, self.buffers, self.name) = (segment, buffers, name)
    parts = PartText(segment, buffers, prefix: name)
    let kept = segment.domain.keptCount
    placesAreFast = !(segment.domain.axes.last?.isReduced ?? true)
    let (walkOf, folds) = FoldWriter.walks(of: segment)
    (self.walkOf, self.folds) = (walkOf, folds)
    let most = device.isSoftware ? groupSize : placesAreFast ? 32 : groupSize
    let reduced = segment.domain.reducedCount
    var lanes =
      device.isSoftware || placesAreFast
      ? groupSize / min(most, kept.roundedUpToPowerOfTwo) : min(most, reduced.roundedUpToPowerOfTwo)
    // Kept parts are computed between the passes.
    let full = zip(segment.parts, walkOf).filter { $0.0.extent == .full }.map(\.1)
    let passes = ((folds.map(\.walk) + full).max() ?? 0) + 1
    let each = segment.iterationsPerElement
    let iterations = { LoopLimit.iterations(passes: passes, over: reduced, each: each, lanes: $0) }
    while lanes < groupSize, iterations(lanes) > LoopLimit.perInvocation { lanes *= 2 }
    (self.lanes, places) = (lanes, groupSize / lanes)
    self.iterations = iterations(lanes)
  }

  private static func walks(of segment: Segment) -> ([Int], [Fold]) {
    var walkOf: [Int] = []
    var folds: [Fold] = []
    var partOf: [Int: Int] = [:]
    for (number, part) in segment.parts.enumerated() {
      let walk =
        part.inputs.map { operand -> Int in
          if case .result(let result) = operand, let other = partOf[result] { walkOf[other] } else { 0 }
        }.max() ?? 0
      for result in segment.results(of: number) { partOf[result] = number }
      let dtype = segment.results[part.firstResult].dtype
      switch part.kernel {
      case .reduction:
        folds.append(
          Fold(part: number, walk: walk, register: "v\(part.firstResult)", dtype: dtype, isMaximum: false))
        walkOf.append(walk + 1)
      case .softmaxCrossEntropy, .softmaxCrossEntropyGradient:
        // Both need the maximum score, then the sum of exponentials; the first part computes them.
        if segment.softmax(of: number) == number {
          folds.append(
            Fold(part: number, walk: 0, register: "greatest\(number)", dtype: dtype, isMaximum: true))
          folds.append(
            Fold(part: number, walk: 1, register: "total\(number)", dtype: dtype, isMaximum: false))
        }
        walkOf.append(2)
      default: walkOf.append(walk)
      }
    }
    return (walkOf, folds)
  }

  mutating func write(into text: inout ShaderText) -> Int {
    parts.declareFunctions(into: &text)
    if lanes > 1 {
      for dtype in Set(folds.map(\.dtype)).sorted(by: { $0.registerName < $1.registerName }) {
        let type = dtype.registerName
        text.include("folded.glsl", once: [("ELEMENT", type), ("FOLDED", "folded_\(type)")])
      }
    }
    if segment.parts.indices.contains(where: { segment.softmax(of: $0) != nil && dtype(of: $0) == .float64 })
    {
      text.include("elementary.glsl")
    }
    let (kept, reduced) = (segment.domain.keptCount, segment.domain.reducedCount)
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
    computeKept(after: 0, into: &text)
    let walks = (folds.map(\.walk) + storedFull.map { walkOf[$0] }).max() ?? 0
    for walk in 0...walks { self.walk(walk, last: walks, step, reducedCount, into: &text) }
    storeKept(into: &text)
    tails(into: &text)
    text.add("}")
    return (kept + places - 1) / places
  }

  private func dtype(of part: Int) -> DType { segment.results[segment.parts[part].firstResult].dtype }

  /// GLSL for the first element of a kept index, and the offset of element `r` from there.
  private func addresses(into text: inout ShaderText) -> (base: String, step: String) {
    var (memoryStep, base, step) = (1, [String](), [String]())
    var (keptBelow, reducedBelow) = (1, 1)
    let axes = segment.domain.axes
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

  /// Full parts that store results.
  private var storedFull: [Int] {
    segment.parts.indices.filter { part in
      segment.parts[part].extent == .full
        && segment.results(of: part).contains { segment.results[$0].buffer != nil }
    }
  }

  /// True if a part's results overwrite an input: they are stored last.
  private func overwrites(_ part: Int) -> Bool {
    segment.results(of: part).contains { result in
      segment.results[result].buffer.map { buffers[$0].isRead } ?? false
    }
  }

  private mutating func walk(
    _ walk: Int, last: Int, _ step: String, _ reducedCount: String, into text: inout ShaderText
  ) {
    let folds = folds.filter { $0.walk == walk }
    let stored = storedFull.filter { overwrites($0) ? walk == last : walkOf[$0] == walk }
    guard !folds.isEmpty || !stored.isEmpty else { return }
    for fold in folds {
      let type = fold.dtype.registerName
      text.add("  \(type) \(fold.register) = \(fold.isMaximum ? "-1.0 / \(type)(0.0)" : "\(type)(0)");")
    }
    // Long sums are split into short ones to reduce rounding errors; a short sum is one part.
    let sums = folds.filter { !$0.isMaximum }
    let isDeep = !sums.isEmpty
    if isDeep {
      text.add("  for (uint from = first; from < \(reducedCount); from += \(64 * lanes)u) {")
      for fold in sums {
        text.add("    \(fold.dtype.registerName) part\(fold.register) = \(fold.dtype.zeroName);")
      }
      text.add(
        "  for (uint r = from; r < min(\(reducedCount), from + \(64 * lanes)u); r += \(lanes)u) {")
    } else {
      text.add("  for (uint r = first; r < \(reducedCount); r += \(lanes)u) {")
    }
    text.add("    uint i = base + \(step);")
    parts.beginBlock()
    for part in needed(by: folds.map(\.part), stored) { compute(part, into: &text) }
    for fold in folds { text.add("    " + update(fold, sums.contains { $0.register == fold.register })) }
    if !stored.isEmpty {
      text.add("    if (isInside) {")
      for part in stored { parts.store(part, at: "i", into: &text) }
      text.add("    }")
    }
    text.add("  }")
    if isDeep {
      for fold in sums { text.add("    \(fold.register) += part\(fold.register);") }
      text.add("  }")
    }
    parts.beginBlock()
    if lanes > 1 { for fold in folds { text.add("  " + gathered(fold)) } }
    computeKept(after: walk + 1, into: &text)
  }

  private func update(_ fold: Fold, _ isDeep: Bool) -> String {
    let part = segment.parts[fold.part]
    let value: String
    switch part.kernel {
    case .reduction: value = parts.load(part.inputs[0], at: "i")
    default:
      let score = parts.load(part.inputs[0], at: "i")
      value = fold.isMaximum ? score : "\(exponential(fold.dtype))(\(score) - greatest\(fold.part))"
    }
    if fold.isMaximum { return "\(fold.register) = max(\(fold.register), \(value));" }
    return "\(isDeep ? "part" : "")\(fold.register) += \(value);"
  }

  private func gathered(_ fold: Fold) -> String {
    let function = "folded\(fold.isMaximum ? "Max" : "Sum")"
    return
      "\(fold.register) = \(function)(\(fold.register), first, \(lanes)u, \(placesAreFast ? places : 1)u);"
  }

  private func exponential(_ dtype: DType) -> String { dtype == .float64 ? "exp_64" : "exp" }

  /// The full parts that some depend on, including themselves, in order.
  private func needed(by folding: [Int], _ stored: [Int]) -> [Int] {
    var found: Set<Int> = []
    var stack = stored
    let producers = { (part: Int) -> [Int] in
      segment.parts[part].inputs.compactMap { operand in
        guard case .result(let result) = operand else { return nil }
        return segment.parts.indices.first { segment.results(of: $0).contains(result) }
      }
    }
    stack += folding.flatMap(producers)
    while let part = stack.popLast() {
      guard segment.parts[part].extent == .full, found.insert(part).inserted else { continue }
      stack += producers(part)
    }
    return found.sorted()
  }

  private mutating func compute(_ number: Int, into text: inout ShaderText) {
    let part = segment.parts[number]
    guard case .softmaxCrossEntropyGradient(_, let classes) = part.kernel,
      let shared = segment.softmax(of: number)
    else {
      return parts.compute(number, at: "i", into: &text)
    }
    let type = segment.results[part.firstResult].dtype
    let score = parts.load(part.inputs[0], at: "i")
    let probability = "\(exponential(type))(\(score) - greatest\(shared)) / total\(shared)"
    let label = parts.load(part.inputs[1], at: "k")
    parts.declare(
      part,
      "uint(\(label)) < \(text.constant(classes)) ? \(probability) - (r == uint(\(label)) ? \(type.registerName)(1.0) : "
        + "\(type.zeroName)) : \(type.notANumber)", into: &text)
  }

  /// Computes the kept parts that are available after a number of passes.
  private mutating func computeKept(after walks: Int, into text: inout ShaderText) {
    for (number, part) in segment.parts.enumerated() where part.extent == .kept && walkOf[number] == walks {
      switch part.kernel {
      case .reduction: break
      case .softmaxCrossEntropy(_, let classes):
        guard let shared = segment.softmax(of: number) else { continue }
        let type = segment.results[part.firstResult].dtype
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
    let stored = segment.parts.indices.filter { part in
      segment.parts[part].extent == .kept
        && segment.results(of: part).contains { segment.results[$0].buffer != nil }
    }
    guard !stored.isEmpty else { return }
    // A barrier ensures that all lanes have read what one of them overwrites.
    if lanes > 1, stored.contains(where: overwrites) { text.add("  barrier();") }
    text.add("  if (isInside && first == 0u) {")
    for part in stored { parts.store(part, at: "k", into: &text) }
    text.add("  }")
  }

  private mutating func tails(into text: inout ShaderText) {
    for (number, part) in segment.parts.enumerated() where part.extent == .tail {
      guard case .pointwise(let kernel) = part.kernel else { continue }
      text.add("  for (uint e = lane; e < \(text.constant(kernel.count)); e += gl_WorkGroupSize.x) {")
      parts.beginBlock()
      parts.compute(number, at: "e", into: &text)
      parts.store(number, at: "e", into: &text)
      text.add("  }")
    }
  }
}

extension Segment {
  /// The first part that needs the softmax of the same scores as a part; nil for parts of other kinds.
  fileprivate func softmax(of number: Int) -> Int? {
    let isSoftmax = { (part: Part) in
      switch part.kernel {
      case .softmaxCrossEntropy, .softmaxCrossEntropyGradient: true
      default: false
      }
    }
    guard isSoftmax(parts[number]) else { return nil }
    return parts.indices.first { isSoftmax(parts[$0]) && parts[$0].inputs[0] == parts[number].inputs[0] }
  }
}

extension Int {
  fileprivate var roundedUpToPowerOfTwo: Int {
    self <= 1 ? 1 : 1 << (bitWidth - (self - 1).leadingZeroBitCount)
  }
}
