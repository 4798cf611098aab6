import Tensors

/// Lowers resolved nodes to instructions and values.
struct Lowering {
  /// A read of a value: in place (whole and in row-major order), or through another view.
  struct Read {
    let value: Program.ValueID
    let isInPlace: Bool
  }

  var values: [Program.Value] = []
  var instructions: [Program.Instruction] = []
  var reads: [[Read]] = []

  /// The values of the program's roots.
  private(set) var roots: [Program.ValueID] = []

  /// The index of the instruction that writes each computed value.
  var writer: [Program.ValueID: Int] = [:]

  /// Control dependencies (write after read): `before` reads a state that `after` overwrites.
  var order: [(before: Int, after: Int)] = []

  /// The values that readers of a node must wait for, by node.
  private var waits: [Int: [Program.ValueID]] = [:]

  private let nodes: [ViewFolding.Node]
  private var valueOf: [Program.ValueID]

  init(_ folding: ViewFolding) {
    nodes = folding.nodes
    valueOf = Array(repeating: -1, count: nodes.count)
    let fusion = PointwiseFusion(folding)
    var members: [Int: [Int]] = [:]
    for index in nodes.indices where nodes[index].isPointwise {
      members[fusion.group[index], default: []].append(index)
    }
    let stored = Set(folding.roots)
    for (index, node) in nodes.enumerated() {
      switch node.work {
      case .source(let source): valueOf[index] = addValue(node.type, source.storage, node.origin)
      case .after: alias(index)
      case .other(let op): emit(op, index)
      // A group is computed when all its inputs are there: at its last member.
      case .pointwise: if let group = members[index] { emit(group: group, stored: stored) }
      }
    }
    roots = folding.roots.map { valueOf[$0] }
  }

  mutating func addValue(
    _ type: TensorType, _ storage: Program.Storage, _ origin: Origin?
  ) -> Program.ValueID {
    values.append(Program.Value(type: type, storage: storage, origin: origin))
    return values.count - 1
  }

  mutating func add(
    _ kernel: Kernel, reading: [Read], to outputs: [Program.ValueID], label: String, flops: Int
  ) {
    for output in outputs { writer[output] = instructions.count }
    reads.append(reading)
    instructions.append(
      Program.Instruction(
        kernel: kernel, inputs: reading.map(\.value), outputs: outputs, level: 0, label: label, flops: flops))
  }

  /// Makes a node an alias of its first input, whose readers also depend on the second (control dependency).
  private mutating func alias(_ index: Int) {
    let inputs = nodes[index].inputs.compactMap { operand in
      if case .read(let input, _) = operand { input } else { nil }
    }
    valueOf[index] = valueOf[inputs[0]]
    waits[index] = waits[inputs[0], default: []] + [valueOf[inputs[1]]]
  }

  /// Sets the control dependencies of the last instruction, which reads these operands.
  private mutating func setWaits(of operands: [ViewFolding.Operand]) {
    let after = operands.flatMap { operand -> [Program.ValueID] in
      if case .read(let input, _) = operand { waits[input, default: []] } else { [] }
    }
    instructions[instructions.count - 1].after = Array(Set(after)).sorted()
  }

  private mutating func emit(_ op: Op, _ index: Int) {
    let node = nodes[index]
    let inputs = node.inputs.compactMap { operand -> (value: Program.ValueID, view: View)? in
      if case .read(let input, let view) = operand { (valueOf[input], view) } else { nil }
    }
    let output = addValue(node.type, .arena(offset: 0), node.origin)
    valueOf[index] = output
    let types = inputs.map { TensorType(Shape($0.view.shape), values[$0.value].type.dtype) }
    add(
      Kernel(op, inputs: inputs.map(\.view), result: node.type, node.layout),
      reading: inputs.map { Read(value: $0.value, isInPlace: false) }, to: [output], label: node.layerPath,
      flops: op.operation.flops(inputs: types, result: node.type))
    setWaits(of: node.inputs)
  }

  /// Emits one kernel for a group of pointwise nodes.
  ///
  /// Stores only the values that others read: the last node's, and those of roots.
  private mutating func emit(group: [Int], stored: Set<Int>) {
    guard let last = group.last else { return }
    var inputs: [(operand: ViewFolding.Operand, value: Program.ValueID, view: View)] = []
    for case .read(let node, let view) in group.flatMap({ nodes[$0].inputs }) where !group.contains(node) {
      let operand = ViewFolding.Operand.read(node, view)
      if !inputs.contains(where: { $0.operand == operand }) { inputs.append((operand, valueOf[node], view)) }
    }
    var steps: [PointwiseKernel.Register] = []
    var registerOf: [Int: Int] = [:]
    for member in group {
      let arguments = nodes[member].inputs.map { operand -> Int in
        switch operand {
        case .literal(let number, let dtype, _):
          let register = PointwiseKernel.Register(step: .literal(number), dtype: dtype)
          if let known = steps.firstIndex(of: register) { return inputs.count + known }
          steps.append(register)
          return inputs.count + steps.count - 1
        case .read(let node, _):
          guard let register = registerOf[node] ?? inputs.firstIndex(where: { $0.operand == operand }) else {
            preconditionFailure("node \(node) is read before it is computed")
          }
          return register
        }
      }
      if case .pointwise(let operation?) = nodes[member].work {
        steps.append(
          PointwiseKernel.Register(step: .apply(operation, arguments), dtype: nodes[member].type.dtype))
        registerOf[member] = inputs.count + steps.count - 1
      } else {
        registerOf[member] = arguments[0]
      }
    }
    let results = group.filter { $0 == last || stored.contains($0) }
    for result in results {
      valueOf[result] = addValue(nodes[result].type, .arena(offset: 0), nodes[result].origin)
    }
    let shape = nodes[last].type.shape
    let kernel = PointwiseKernel(
      shape: shape, inputs: inputs.map { (values[$0.value].type.dtype, $0.view) }, steps: steps,
      results: results.compactMap { registerOf[$0] })
    add(
      .pointwise(kernel),
      reading: inputs.map {
        Read(value: $0.value, isInPlace: $0.view.isWhole(of: values[$0.value].type.shape.count))
      },
      to: results.map { valueOf[$0] }, label: nodes[last].layerPath, flops: group.count * shape.count)
    setWaits(of: inputs.map(\.operand))
  }
}

extension Source {
  fileprivate var storage: Program.Storage {
    switch self {
    case .state(let state): .state(state)
    case .constant(let constant): .constant(constant)
    case .scalar: preconditionFailure("a scalar is written into its readers and has no storage")
    }
  }
}

extension Kernel {
  /// The kernel for an operation, given the views of its inputs.
  fileprivate init(_ op: Op, inputs: [View], result: TensorType, _ layout: ImageLayout) {
    switch op {
    case .reduction(let reduction):
      let shape = inputs[0].shape
      self = .reduction(
        ReductionKernel(
          kind: reduction.kind, outer: shape[..<reduction.axes.lowerBound].reduce(1, *),
          reduced: shape[reduction.axes].reduce(1, *), inner: shape[reduction.axes.upperBound...].reduce(1, *)
        ))
    case .matmul(let operation):
      guard let a = MatrixLayout(inputs[0]), let b = MatrixLayout(inputs[1]) else {
        preconditionFailure("matmul reads \(inputs), which are no matrices with contiguous rows or columns")
      }
      self = .matmul(
        MatMulKernel(
          m: inputs[0].shape[0], n: inputs[1].shape[1], k: inputs[0].shape[1], a: a, b: b,
          precision: operation.precision))
    case .convolution(let operation):
      self = .convolution(
        ConvolutionKernel(
          operation, inputs: inputs.map(\.shape), result: result.shape.dimensions, layout: layout))
    case .pooling(let operation):
      self = .pooling(
        PoolingKernel(
          operation, input: inputs[0].shape, result: result.shape.dimensions, layout: layout))
    case .attention(let operation):
      guard let kernel = AttentionKernel(operation, inputs) else {
        preconditionFailure("\(operation.name) reads \(inputs), whose rows are not contiguous")
      }
      self = .attention(kernel)
    case .scan(let scan): self = .scan(ScanKernel(scan, inputs))
    case .movement(.gather):
      self = .gather(RowKernel(table: inputs[0].shape, count: inputs[1].count))
    case .update(.scatterAdd(_, let groups)):
      self = .scatterAdd(RowKernel(table: result.shape.dimensions, count: inputs[1].count, groups: groups))
    case .random(.uniform(let shape, let stream)):
      self = .uniform(count: shape.count, stream: stream)
    case .random(.shuffledBatch(let batch, let count)):
      self = .shuffledBatch(batch: batch, count: count)
    case .loss(.softmaxCrossEntropy):
      self = .softmaxCrossEntropy(rows: inputs[0].shape[0], classes: inputs[0].shape[1])
    case .loss(.softmaxCrossEntropyGradient):
      self = .softmaxCrossEntropyGradient(rows: inputs[0].shape[0], classes: inputs[0].shape[1])
    case .source, .pointwise, .movement, .gradientRule, .controlDependency, .sumOverRanks, .invalid:
      preconditionFailure("\(op.operation.name) is no kernel of its own")
    }
  }
}

extension RowKernel {
  fileprivate init(table: [Int], count: Int, groups: Int = 1) {
    self.init(rows: table[0], rowLength: table.dropFirst().reduce(1, *), count: count, groups: groups)
  }
}
