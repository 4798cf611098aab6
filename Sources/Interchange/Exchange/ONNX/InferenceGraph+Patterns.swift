import Tensors

extension InferenceGraph {
  /// The ONNX form of an entry: one operator, which may stand for a pattern of several operations.
  enum Form {
    /// The value of another entry, whose broadcasts are left to the readers.
    case alias(Int)
    case plain
    case batchNorm(x: Int, scale: Int, offset: Int, mean: Int, variance: Int, epsilon: Double)
    case mean(x: Int, axes: Range<Int>, keepsAxes: Bool)
    case maxPool(x: Int, WindowGeometry, window: [Int])
    /// The weighted sums in the result of an attention.
    case attention(Int)
  }

  func form(of index: Int) -> Form {
    let entry = entries[index]
    switch entry.op {
    case .gradientRule, .controlDependency, .sumOverRanks, .movement(.broadcast):
      return .alias(entry.inputs[0])
    case .pointwise(.add): return batchNorm(index) ?? .plain
    case .pointwise(.multiply): return mean(index) ?? .plain
    case .pooling(.maxPool2DPick): return maxPool(index) ?? .plain
    case .movement(.slice(let start, _)): return attention(entry.inputs[0], from: start) ?? .plain
    default: return .plain
    }
  }

  /// The entries that an entry of this form reads.
  func operands(of index: Int, as form: Form) -> [Int] {
    switch form {
    case .alias(let other): [other]
    case .plain: entries[index].inputs
    case .batchNorm(let x, let scale, let offset, let mean, let variance, _):
      [x, scale, offset, mean, variance]
    case .mean(let x, _, _), .maxPool(let x, _, _): [x]
    case .attention(let attention): entries[attention].inputs
    }
  }

  private func attention(_ index: Int, from start: [Int]) -> Form? {
    guard case .attention(.attention) = entries[index].op, start == [0] else { return nil }
    return .attention(index)
  }

  /// A pooled maximum: the element at the argmax of the same windows.
  private func maxPool(_ index: Int) -> Form? {
    guard case .pooling(.maxPool2DPick(let geometry, let window)) = entries[index].op else { return nil }
    let (x, places) = (entries[index].inputs[0], entries[entries[index].inputs[1]])
    guard places.op == .pooling(.maxPool2DPlace(geometry, window: window)), places.inputs == [x] else {
      return nil
    }
    return .maxPool(x: x, geometry, window: window)
  }

  /// A sum over some axes, times the reciprocal of the number of elements.
  private func mean(_ index: Int) -> Form? {
    guard let (a, b) = operands(of: index, .multiply) else { return nil }
    for (total, factor) in [(a, b), (b, a)] {
      guard let number = number(factor) else { continue }
      var sum = unstretched(total)
      let isReshaped = if case .movement(.reshape) = entries[sum].op { true } else { false }
      if isReshaped { sum = entries[sum].inputs[0] }
      guard case .reduction(let reduction) = entries[sum].op, reduction.kind == .sum else { continue }
      let x = entries[sum].inputs[0]
      guard let count = Array(entries[x].extents[reduction.axes]).fixedCount, count > 0,
        number == 1 / Double(count)
      else { continue }
      let kept = entries[x].extents.enumerated().map {
        reduction.axes.contains($0.offset) ? Extent.one : $0.element
      }
      if isReshaped, entries[index].extents != kept { continue }
      return .mean(x: x, axes: reduction.axes, keepsAxes: isReshaped)
    }
    return nil
  }

  /// γ · ((x − μ) · (1 / √(σ² + ε))) + β, of vectors along axis 1.
  private func batchNorm(_ index: Int) -> Form? {
    guard let (scaled, offset) = operands(of: index, .add), let offset = channelVector(offset),
      let (scale, normalized) = operands(of: scaled, .multiply), let scale = channelVector(scale),
      let (centred, inverse) = operands(of: normalized, .multiply), let inverse = channelVector(inverse),
      let (x, mean) = operands(of: centred, .subtract), let mean = channelVector(mean),
      let (one, deviation) = operands(of: inverse, .divide), number(one) == 1,
      case .pointwise(.sqrt) = entries[deviation].op,
      let (variance, epsilon) = operands(of: entries[deviation].inputs[0], .add),
      let epsilon = number(epsilon),
      entries[x].extents == entries[index].extents, entries[x].dtype == .float32,
      entries[variance].extents == entries[mean].extents
    else { return nil }
    return .batchNorm(
      x: x, scale: scale, offset: offset, mean: mean, variance: variance, epsilon: epsilon)
  }

  private func operands(of index: Int, _ op: Pointwise) -> (Int, Int)? {
    let entry = entries[unstretched(index)]
    return entry.op == .pointwise(op) ? (entry.inputs[0], entry.inputs[1]) : nil
  }

  /// The source of an entry's broadcasts.
  private func unstretched(_ index: Int) -> Int {
    var index = index
    while case .alias(let other) = aliasForm(index) { index = other }
    return index
  }

  private func aliasForm(_ index: Int) -> Form {
    switch entries[index].op {
    case .gradientRule, .controlDependency, .sumOverRanks, .movement(.broadcast):
      .alias(entries[index].inputs[0])
    default: .plain
    }
  }

  /// The number that a constant entry is filled with.
  private func number(_ index: Int) -> Double? {
    guard case .source(.scalar(let number, _)) = entries[unstretched(index)].op else { return nil }
    return number
  }

  /// The vector with one element per channel that is reshaped to an entry, `[1, C]` or `[1, C, 1, 1]`.
  private func channelVector(_ index: Int) -> Int? {
    let entry = entries[unstretched(index)]
    guard case .movement(.reshape(let shape)) = entry.op, shape.rank >= 2,
      entries[entry.inputs[0]].extents == [Extent(fixed: shape[1])], shape.count == shape[1]
    else { return nil }
    return entry.inputs[0]
  }
}
