import Tensors

extension Rewrite.Row {
  static let splitSums = Rewrite.Row(
    pattern: "a sum of 4,096 elements or more to one number",
    replacement: "some hundred partial sums, and their sum",
    gain: """
      some hundred groups of threads for one; and `sums-into-products` applies, with which traffic of the \
      three-layer convnet is −8 %
      """)

  static let splitProducts = Rewrite.Row(
    pattern: "a product with fewer tiles of results than fill the device",
    replacement: "products of parts of the depth, and the sum of their results (split-K)",
    gain: """
      time predicted for an RTX 4090: of ResNet-18 −31 %, of the two-layer net −36 %, of the three-layer convnet −30 %
      """)
}

// Splits long loops into parts: long reductions, deep matrix products (split-K), and scatter-adds. What the
// loop limit asks for is no rewrite that could be left out.
extension DispatchWork {
  /// Replaces each long item by one that computes partial results and one that combines them.
  mutating func splitLong(_ policy: FusionPolicy) {
    var result: [Item] = []
    for item in items { appendParts(of: item, policy, to: &result) }
    items = result
  }

  /// Both halves may themselves be long.
  private mutating func appendParts(of item: Item, _ policy: FusionPolicy, to result: inout [Item]) {
    guard let (first, second) = halves(of: item, policy) else { return result.append(item) }
    appendParts(of: first, policy, to: &result)
    appendParts(of: second, policy, to: &result)
  }

  private mutating func halves(of item: Item, _ policy: FusionPolicy) -> (first: Item, second: Item)? {
    switch item.kernel {
    case .reduction(let kernel) where kernel.kind == .sum: return halves(of: item, sum: kernel, policy)
    case .reduction(let kernel):
      guard let longest = policy.loops?.longestSerial, kernel.reduced > longest else { return nil }
      return raggedHalves(of: item, kernel, maximumParts: longest)
    case .matmul, .convolution:
      let isFloat32 = values[item.outputs[0]].type.dtype == .float32
      let parts = policy.parts(of: item.kernel, isFloat32: isFloat32)
      if parts > policy.leastParts(of: item.kernel) { counts[.splitProducts, default: 0] += 1 }
      return parts > 1
        ? halves(of: item, parts: parts, sumsOf: values[item.outputs[0]].type.shape.count) : nil
    case .scatterAdd(let rows):
      guard let longest = policy.loops?.longestSerial, rows.countPerGroup > longest else { return nil }
      return halves(
        of: item, parts: (rows.countPerGroup + longest - 1) / longest, sumsOf: rows.rows * rows.rowLength)
    default: return nil
    }
  }

  // MARK: Reductions

  private mutating func halves(
    of item: Item, sum: ReductionKernel, _ policy: FusionPolicy
  ) -> (first: Item, second: Item)? {
    guard let space = item.space else { return nil }
    let (longest, longestSerial) = (
      policy.loops?.longestReduction ?? .max, policy.loops?.longestSerial ?? .max
    )
    if policy.rewrites.contains(.splitSums), sum.outer * sum.inner == 1, sum.reduced >= 4096,
      let parts = DispatchWork.partCount(of: sum.reduced), sum.reduced / parts <= longest
    {
      counts[.splitSums, default: 0] += 1
      // To a scalar: some hundred partial sums, because one sum alone would leave most of the device idle.
      let pieces = IterationSpace([
        IterationSpace.Axis(extent: parts, isReduced: false),
        IterationSpace.Axis(extent: sum.reduced / parts, isReduced: true),
      ])
      return halves(
        of: item, in: (pieces, IterationSpace([IterationSpace.Axis(extent: parts, isReduced: true)])),
        isOriginal: true)
    }
    guard space.reducedCount > longest else { return nil }
    if let spaces = space.split(longest: longest) {
      return halves(of: item, in: spaces, isOriginal: item.isOriginal)
    }
    return raggedHalves(of: item, sum, maximumParts: longestSerial)
  }

  private mutating func halves(
    of item: Item, in spaces: (pieces: IterationSpace, rest: IterationSpace), isOriginal: Bool
  ) -> (first: Item, second: Item) {
    var (first, second) = (item, item)
    first.kernel = .reduction(ReductionKernel(sumOver: spaces.pieces))
    first.space = spaces.pieces
    first.isOriginal = isOriginal && spaces.pieces.isPlain
    first.outputs = [newValue([spaces.pieces.keptCount], like: item, isInParts: true)]
    second.kernel = .reduction(ReductionKernel(sumOver: spaces.rest))
    second.space = spaces.rest
    second.isOriginal = true
    (second.inputs, second.after) = (first.outputs, [])
    second.flops = spaces.rest.count
    return (first, second)
  }

  /// Parts of a length that does not divide the extent: in separate kernels, whose last part is shorter.
  private mutating func raggedHalves(
    of item: Item, _ kernel: ReductionKernel, maximumParts: Int
  ) -> (first: Item, second: Item) {
    // 4,096 elements per part, or more where there would be too many parts to combine.
    let length = max(4096, (kernel.reduced + maximumParts - 1) / maximumParts)
    let parts = (kernel.reduced + length - 1) / length
    guard kernel.kind == .argmax else {
      return halves(of: item, parts: parts, sumsOf: kernel.outer * kernel.inner, by: kernel.kind)
    }
    var (first, second) = (item, item)
    first.kernel = .depthParts(item.kernel, count: parts)
    first.outputs = [newValue([parts, kernel.outer, kernel.inner], like: item, isInParts: false)]
    second.kernel = .argmaxOfParts(kernel, count: parts)
    second.inputs = item.inputs + first.outputs
    second.flops = parts * kernel.outer * kernel.inner
    return (first, second)
  }

  /// An item in `parts` parts of `count` results each, which are then reduced.
  private mutating func halves(
    of item: Item, parts: Int, sumsOf count: Int, by kind: Reduction.Kind = .sum
  ) -> (first: Item, second: Item) {
    var (first, second) = (item, item)
    first.kernel = .depthParts(item.kernel, count: parts)
    first.space = nil
    first.isOriginal = !item.kernel.isContraction
    let shape = values[item.outputs[0]].type.shape.dimensions
    first.outputs = [newValue(Shape([parts] + shape), like: item, isInParts: kind == .sum)]
    second.kernel = .reduction(ReductionKernel(kind: kind, outer: 1, reduced: parts, inner: count))
    (second.inputs, second.after) = (first.outputs, [])
    second.flops = parts * count
    second.space = IterationSpace(of: second.kernel)
    return (first, second)
  }

  /// A value of the arena, of the same type as an item's result.
  private mutating func newValue(_ shape: Shape, like item: Item, isInParts: Bool) -> Program.ValueID {
    let result = values[item.outputs[0]]
    values.append(
      Program.Value(
        type: TensorType(shape, result.type.dtype), storage: .arena(offset: 0),
        origin: isInParts ? result.origin?.inParts : nil))
    return values.count - 1
  }

  /// The divisor of `count` in 32...2,048 that is nearest to 256; nil if there is none.
  private static func partCount(of count: Int) -> Int? {
    (32...2048).filter { count.isMultiple(of: $0) }.min { abs($0 - 256) < abs($1 - 256) }
  }
}

extension IterationSpace {
  /// The space of partial sums of at most `longest` elements, and that of their sums; nil if no axis divides
  /// so.
  func split(longest: Int) -> (pieces: IterationSpace, rest: IterationSpace)? {
    let least = (reducedCount + longest - 1) / longest
    for (index, axis) in axes.enumerated() where axis.isReduced && axis.extent >= least {
      guard let parts = (least...min(axis.extent, longest)).first(where: { axis.extent.isMultiple(of: $0) })
      else { continue }
      let (before, after) = (axes[..<index], axes[(index + 1)...])
      let halves = [
        Axis(extent: parts, isReduced: false), Axis(extent: axis.extent / parts, isReduced: true),
      ]
      let kept = { (axes: ArraySlice<Axis>) in axes.filter { !$0.isReduced } }
      return (
        IterationSpace(before + halves + after),
        IterationSpace(kept(before) + [Axis(extent: parts, isReduced: true)] + kept(after))
      )
    }
    return nil
  }
}

extension ReductionKernel {
  /// The sum over a space; if it is not plain, with flattened sizes.
  fileprivate init(sumOver space: IterationSpace) {
    let (outer, reduced, inner) =
      space.isPlain ? space.extents : (space.keptCount, space.reducedCount, 1)
    self.init(kind: .sum, outer: outer, reduced: reduced, inner: inner)
  }
}
