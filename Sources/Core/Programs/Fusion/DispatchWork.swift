import Tensors

/// A program's instructions prepared for fusion: some rewritten to fuse better, with their dependencies.
struct DispatchWork {
  struct Item {
    var kernel: Kernel
    var inputs: [Program.ValueID]
    var outputs: [Program.ValueID]
    /// Control dependencies: values that must be computed before, although it does not read them.
    var after: [Program.ValueID]
    var label: String
    var flops: Int

    /// The iteration space of a sum or loss; nil for everything else.
    var domain: Domain?

    /// True if the kernel still describes the work by itself, so that it can be dispatched alone.
    var isOriginal = true

    /// True if the policy does not fuse it.
    var isAlone = false
  }

  var items: [Item]
  var values: [Program.Value]
  let outputs: Set<Program.ValueID>

  init(_ program: Program, _ policy: FusionPolicy) {
    values = program.values
    outputs = Set(program.outputs.map(\.value))
    items = program.instructions.map { instruction in
      Item(
        kernel: instruction.kernel, inputs: instruction.inputs, outputs: instruction.outputs,
        after: instruction.after, label: instruction.label, flops: instruction.flops,
        domain: Domain(of: instruction.kernel))
    }
    if policy.gathersShuffledRows { gatherShuffledRows() }
    sumWhereItLies(policy)
    splitLong(policy)
    removeUnread()
    for index in items.indices {
      items[index].isAlone = !policy.canFuse(items[index].kernel, items[index].domain, type(of: items[index]))
    }
  }

  private func type(of item: Item) -> DType { values[item.outputs[0]].type.dtype }

  /// Fuses the index computation of a shuffled batch into its gather, so that the indices are not stored.
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

  /// Makes a sum over a transposed copy read the original, in the copy's order.
  private mutating func sumWhereItLies(_ policy: FusionPolicy) {
    let writers = self.writers
    for index in items.indices {
      guard case .reduction(let sum) = items[index].kernel, sum.kind == .sum,
        let writer = writers[items[index].inputs[0]], case .pointwise(let copy) = items[writer].kernel,
        let domain = Domain(of: sum, through: copy),
        policy.canFuse(items[index].kernel, domain, type(of: items[index])),
        policy.canSum(over: domain), canRead(items[writer].inputs, in: writer..<index)
      else { continue }
      items[index].inputs = items[writer].inputs
      items[index].after += items[writer].after
      items[index].domain = domain
      items[index].isOriginal = false
    }
  }

  /// True if the inputs of the first of some items are intact when the last has run: no state of them is
  /// overwritten.
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

  /// The items that must follow each item: its readers, those with a control dependency on it, and those that
  /// overwrite a state it reads.
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
  /// The iteration space of a kernel that reduces by sums; nil for any other.
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

  /// The iteration space over a copy's input for a sum over the copy; nil if the copy does more than permute
  /// axes.
  init?(of sum: ReductionKernel, through copy: PointwiseKernel) {
    guard copy.steps.isEmpty, copy.results == [0], copy.inputs.count == 1, sum.reduced > 1,
      copy.inputs[0].bounds == nil, copy.inputs[0].offset == 0
    else { return nil }
    // For each of the copy's axes: reduced or not, by its position in the sum, and its stride in the
    // original.
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
    // Kept axes must have the same order in the original, because results are laid out by it.
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
