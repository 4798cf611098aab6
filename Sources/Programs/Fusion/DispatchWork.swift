import Tensors

/// A program's instructions on their way into dispatches: some rewritten so that they fit together better, with the
/// order that they have to keep.
struct DispatchWork {
  struct Item {
    var kernel: Kernel
    var inputs: [Program.ValueID]
    var outputs: [Program.ValueID]
    /// Values that have to be there before, although it does not read them.
    var after: [Program.ValueID]
    var label: String
    var flops: Int

    /// How a sum's or a loss's elements lie; nil for everything else.
    var domain: Domain?

    /// Whether the kernel means what it did, so that it can also be dispatched alone.
    var isOriginal = true

    /// Whether it is dispatched by itself: a product by matrix units, or what this device has one kernel for.
    var isAlone = false
  }

  var items: [Item]
  var values: [Program.Value]
  let outputs: Set<Program.ValueID>

  init(_ program: Program, _ limits: DispatchLimits) {
    values = program.values
    outputs = Set(program.outputs.map(\.value))
    items = program.instructions.map { instruction in
      Item(
        kernel: instruction.kernel, inputs: instruction.inputs, outputs: instruction.outputs,
        after: instruction.after, label: instruction.label, flops: instruction.flops,
        domain: Domain(of: instruction.kernel))
    }
    if limits.fusible == .everythingGenerated { gatherShuffledRows() }
    if limits.fusible != .nothing { sumWhereItLies(limits) }
    splitLong(limits)
    removeUnread()
    for index in items.indices {
      items[index].isAlone = limits.keepsAlone(
        items[index].kernel, items[index].domain, of: values[items[index].outputs[0]].type.dtype)
    }
  }

  /// Rows of a shuffled batch are fetched without writing their numbers down.
  private mutating func gatherShuffledRows() {
    let writers = self.writers
    for index in items.indices {
      guard case .gather(let rows) = items[index].kernel, let writer = writers[items[index].inputs[1]],
        case .shuffledBatch(_, let count) = items[writer].kernel,
        canRead(items[writer].inputs, in: writer..<index)
      else { continue }
      items[index].kernel = .gatherShuffled(rows, count: count)
      items[index].inputs = [items[index].inputs[0]] + items[writer].inputs
      items[index].after += items[writer].after
      items[index].isOriginal = false
    }
  }

  /// A sum over a transposed copy adds up the original, in the copy's order.
  private mutating func sumWhereItLies(_ limits: DispatchLimits) {
    let writers = self.writers
    for index in items.indices {
      guard case .reduction(let sum) = items[index].kernel, sum.kind == .sum,
        let writer = writers[items[index].inputs[0]], case .pointwise(let copy) = items[writer].kernel,
        let domain = Domain(of: sum, through: copy),
        limits.fusible == .everythingGenerated || domain.isPlain || domain.isInterleaved,
        limits.canSum(over: domain), canRead(items[writer].inputs, in: writer..<index)
      else { continue }
      items[index].inputs = items[writer].inputs
      items[index].after += items[writer].after
      items[index].domain = domain
      items[index].isOriginal = false
    }
  }

  /// Whether what the first of some items reads is still there when the last has run: no state among it is overwritten on the way.
  private func canRead(_ inputs: [Program.ValueID], in range: Range<Int>) -> Bool {
    let states = Set(inputs.compactMap(state))
    return states.isEmpty
      || items[range].allSatisfy { states.isDisjoint(with: $0.outputs.compactMap(state)) }
  }

  private func state(_ value: Program.ValueID) -> State? {
    if case .state(let state) = values[value].storage { state } else { nil }
  }

  private mutating func removeUnread() {
    var read = outputs
    var kept: [Item] = []
    for item in items.reversed() {
      let isNeeded = item.outputs.contains { output in
        if case .state = values[output].storage { true } else { read.contains(output) }
      }
      guard isNeeded else { continue }
      read.formUnion(item.inputs)
      kept.append(item)
    }
    items = kept.reversed()
  }

  private var writers: [Program.ValueID: Int] {
    var writers: [Program.ValueID: Int] = [:]
    for (index, item) in items.enumerated() {
      for output in item.outputs { writers[output] = index }
    }
    return writers
  }

  /// For each item the ones that have to come after it: those that read what it makes or wait for it, and those that
  /// overwrite a state that it reads.
  var successors: [[Int]] {
    var successors: [Set<Int>] = Array(repeating: [], count: items.count)
    var writer: [Program.ValueID: Int] = [:]
    var readers: [State: [Int]] = [:]
    for (index, item) in items.enumerated() {
      for input in item.inputs + item.after {
        if let before = writer[input] { successors[before].insert(index) }
      }
      for output in item.outputs {
        writer[output] = index
        guard case .state(let state) = values[output].storage else { continue }
        for before in readers[state] ?? [] where before != index { successors[before].insert(index) }
      }
      for input in item.inputs {
        if case .state(let state) = values[input].storage { readers[state, default: []].append(index) }
      }
    }
    return successors.map { $0.sorted() }
  }
}

extension Domain {
  /// How the elements of a kernel that folds some of them lie; nil where nothing is folded, or not by sums.
  init?(of kernel: Kernel) {
    switch kernel {
    case .reduction(let sum) where sum.kind == .sum && sum.reduced > 1:
      self.init([
        Axis(extent: sum.outer, isReduced: false), Axis(extent: sum.reduced, isReduced: true),
        Axis(extent: sum.inner, isReduced: false),
      ])
    case .softmaxCrossEntropy(let rows, let classes), .softmaxCrossEntropyGradient(let rows, let classes):
      guard rows > 1, classes > 1 else { return nil }
      self.init([Axis(extent: rows, isReduced: false), Axis(extent: classes, isReduced: true)])
    default:
      return nil
    }
  }

  /// How the elements of a copy's input lie for a sum over the copy; nil if the copy does more than to reorder axes.
  init?(of sum: ReductionKernel, through copy: PointwiseKernel) {
    guard copy.steps.isEmpty, copy.results == [0], copy.inputs.count == 1, sum.reduced > 1,
      copy.inputs[0].bounds == nil, copy.inputs[0].offset == 0
    else { return nil }
    // Each of the copy's axes: reduced or not by where it lies in the sum, and its step in the original.
    var axes: [(step: Int, axis: Axis)] = []
    let reduced = sum.inner..<sum.inner * sum.reduced
    var step = 1
    for (extent, stride) in zip(copy.shape, copy.inputs[0].strides).reversed() where extent != 1 {
      let isReduced = reduced.contains(step)
      guard
        isReduced
          ? step * extent <= reduced.upperBound : step >= reduced.upperBound || step * extent <= sum.inner
      else { return nil }
      axes.append((stride, Axis(extent: extent, isReduced: isReduced)))
      step *= extent
    }
    // The kept axes must come in the same order in the original, where results are laid out by it.
    let kept = axes.filter { !$0.axis.isReduced }
    guard zip(kept, kept.dropFirst()).allSatisfy({ $0.step < $1.step }) else { return nil }
    axes.sort { $0.step > $1.step }
    step = 1
    for axis in axes.reversed() {
      guard axis.step == step else { return nil }
      step *= axis.axis.extent
    }
    self.init(axes.map(\.axis))
  }
}
