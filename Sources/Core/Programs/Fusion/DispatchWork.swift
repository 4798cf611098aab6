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
    var space: IterationSpace?

    /// True if the kernel still describes the work by itself, so that it can be dispatched alone.
    var isOriginal = true

    /// True if the policy does not fuse it.
    var isAlone = false
  }

  var items: [Item]
  var values: [Program.Value]
  let outputs: Set<Program.ValueID>

  /// How often each rewrite of the policy was applied.
  var counts: [Rewrite: Int] = [:]

  init(_ program: Program, _ policy: FusionPolicy) {
    values = program.values
    outputs = Set(program.outputs.map(\.value))
    items = program.instructions.map { instruction in
      Item(
        kernel: instruction.kernel, inputs: instruction.inputs, outputs: instruction.outputs,
        after: instruction.after, label: instruction.label, flops: instruction.flops,
        space: IterationSpace(of: instruction.kernel))
    }
    for rewrite in policy.rewrites { counts[rewrite] = 0 }
    if policy.rewrites.contains(.gatherShuffledRows) { gatherShuffledRows() }
    if policy.rewrites.contains(.sumWithoutTranspose) { sumWithoutTransposes(policy) }
    splitLong(policy)
    removeUnread()
    orderGradientsAfterLosses()
    for index in items.indices {
      let isScan = if case .scan = items[index].kernel { true } else { false }
      items[index].isAlone =
        isScan || !policy.canFuse(items[index].kernel, items[index].space, type(of: items[index]))
    }
  }

  func type(of item: Item) -> DType { values[item.outputs[0]].type.dtype }

  /// True if the inputs of the first of some items are intact when the last has run: no state of them is
  /// overwritten.
  func canRead(_ inputs: [Program.ValueID], in range: Range<Int>) -> Bool {
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

  /// The item that writes each value.
  var writers: [Program.ValueID: Int] {
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

extension IterationSpace {
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
}
