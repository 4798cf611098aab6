import ONNXFormat
import Tensors

/// Lowers a graph's operations to ONNX operators.
///
/// Broadcasts are left to the operators that read them, if these broadcast.
struct ONNXEmission {
  struct Value {
    let name: String
    /// May be those before a broadcast.
    let extents: [Extent]
  }

  let source: InferenceGraph
  /// Any input, to read the batch size from.
  private let firstInput: String
  /// The values of the model's states.
  private let values: (State) throws -> TensorValues
  var graph: ONNXGraph
  private(set) var results: [Int: Value] = [:]
  private var whole: [Int: String] = [:]
  private var batch: String?

  /// - Parameters:
  ///   - inputs: the names of its inputs: of the data states.
  ///   - output: the name of its output.
  init(
    _ source: InferenceGraph, inputs: [String], output: String,
    values: @escaping (State) throws -> TensorValues
  ) throws {
    (self.source, self.values, firstInput) = (source, values, inputs.first ?? "")
    graph = ONNXGraph(reserving: inputs + [output])
    var forms: [Int: InferenceGraph.Form] = [:]
    var needed: Set = [source.root]
    for index in stride(from: source.root, through: 0, by: -1) where needed.contains(index) {
      let form = source.form(of: index)
      forms[index] = form
      needed.formUnion(source.operands(of: index, as: form))
    }
    for (index, form) in forms.sorted(by: { $0.key < $1.key }) { results[index] = try emit(index, form) }
    graph.publish(operand(source.root), as: output)
  }

  private mutating func emit(_ index: Int, _ form: InferenceGraph.Form) throws -> Value {
    let entry = source.entries[index]
    switch form {
    case .alias(let other): return result(other)
    case .plain: return try emit(index)
    case .batchNorm(let x, let scale, let offset, let mean, let variance, let epsilon):
      let operands = operands([x, scale, offset, mean, variance])
      return add("BatchNormalization", operands, [.real("epsilon", epsilon)], as: entry)
    case .mean(let x, let axes, let keepsAxes):
      return emitMean(of: x, over: axes, keepsAxes: keepsAxes, as: entry)
    case .attention(let attention): return try emitAttention(attention, as: entry)
    case .maxPool(let x, let geometry, let window):
      return add("MaxPool", [operand(x)], attributes(geometry, window: window), as: entry)
    }
  }

  private mutating func emit(_ index: Int) throws -> Value {
    let entry = source.entries[index]
    switch entry.op {
    case .source(let source): return try emit(source, entry)
    case .pointwise(let op): return try emit(op, entry)
    case .reduction(let reduction): return emit(reduction, entry)
    case .movement(let movement): return try emit(movement, entry)
    case .matmul(let product):
      return add("MatMul", try operands(entry, roundedTo: product.precision), as: entry)
    case .convolution(.forward(let geometry, let groups, let precision)):
      let window = source.entries[entry.inputs[1]].extents.suffix(2).map(\.fixed)
      return add(
        "Conv", try operands(entry, roundedTo: precision),
        attributes(geometry, window: window) + [.number("group", groups)], as: entry)
    case .convolution(.inputGradient(let geometry, let groups, let height, let width, let precision)):
      // The output padding restores the pixels where windows did not fit.
      let (window, windows) = (
        source.entries[entry.inputs[1]].extents.suffix(2).map(\.fixed),
        source.entries[entry.inputs[0]].extents.suffix(2).map(\.fixed)
      )
      let rest = [height, width].enumerated().map { axis, size in
        size + geometry.padding[2 * axis] + geometry.padding[2 * axis + 1]
          - (windows[axis] - 1) * geometry.stride[axis] - geometry.dilation[axis] * (window[axis] - 1) - 1
      }
      return add(
        "ConvTranspose", try operands(entry, roundedTo: precision),
        attributes(geometry, window: window) + [
          .number("group", groups), .numbers("output_padding", rest),
        ], as: entry)
    case .convolution, .pooling, .attention, .scan, .random, .loss, .update, .gradientRule,
      .controlDependency, .sumOverRanks, .invalid:
      throw unsupported(entry)
    }
  }

  private mutating func emit(_ source: Source, _ entry: InferenceGraph.Entry) throws -> Value {
    switch source {
    case .state(let state) where state.role == .data: return Value(name: state.name, extents: entry.extents)
    case .state(let state):
      return Value(name: graph.add(try values(state), named: state.name), extents: entry.extents)
    case .constant where !entry.extents.allSatisfy(\.isFixed):
      // The numbers 0, 1, … of a batch.
      let ends = [graph.vector([0]), shape(entry.extents, in: entry.path), graph.vector([1])].map {
        graph.add("Squeeze", [$0], in: entry.path)
      }
      let range = graph.add("Range", ends, in: entry.path)
      return add("Cast", [range], [.type(DType.int32.onnx)], as: entry)
    case .constant(let constant):
      return Value(name: graph.add(constant.values, named: "constant"), extents: entry.extents)
    case .scalar(let number, let dtype):
      let values = TensorValues(converting: [number], shape: [], to: dtype)
      return Value(name: graph.add(values, named: "number.\(number)"), extents: [])
    }
  }
}

extension ONNXEmission {
  /// The error for an operation without an ONNX form.
  func unsupported(_ entry: InferenceGraph.Entry) -> ExchangeError {
    let place = entry.path.isEmpty ? "" : " in layer \(entry.path)"
    return ExchangeError(
      "'\(entry.op.operation.name)'\(place) has no form in ONNX: write that layer with other operations")
  }

  mutating func add(
    _ type: String, _ operands: [String], _ attributes: [ONNXAttributeProto] = [],
    as entry: InferenceGraph.Entry
  ) -> Value {
    Value(name: graph.add(type, operands, attributes, in: entry.path), extents: entry.extents)
  }

  func result(_ index: Int) -> Value {
    guard let value = results[index] else { preconditionFailure("an operand comes after its reader") }
    return value
  }

  /// The name of a value, possibly before a broadcast that its reader applies.
  func stretchable(_ index: Int) -> String { result(index).name }

  /// The name of a value in its full shape.
  mutating func operand(_ index: Int) -> String {
    let entry = source.entries[index]
    let name = stretchable(index)
    guard result(index).extents != entry.extents else { return name }
    if let name = whole[index] { return name }
    let full = graph.add("Expand", [name, shape(entry.extents, in: entry.path)], in: entry.path)
    whole[index] = full
    return full
  }

  mutating func operands(_ indices: [Int]) -> [String] {
    var names: [String] = []
    for index in indices { names.append(operand(index)) }
    return names
  }

  /// The factors of a product, in the product's precision.
  private mutating func operands(
    _ entry: InferenceGraph.Entry, roundedTo precision: Precision
  ) throws -> [String] {
    var names: [String] = []
    for name in operands(entry.inputs) { names.append(try rounded(name, to: precision, entry)) }
    return names
  }

  /// The extents as a vector: constant, or computed from the batch size.
  mutating func shape(_ extents: [Extent], in path: String) -> String {
    guard extents.contains(where: { !$0.isFixed }) else { return graph.vector(extents.map(\.fixed)) }
    let images = batch ?? graph.add("Shape", [firstInput], [.number("start", 0), .number("end", 1)], in: "")
    batch = images
    var parts: [String] = []
    for extent in extents {
      guard !extent.isFixed else {
        parts.append(graph.vector([extent.fixed]))
        continue
      }
      var part = images
      if extent.perImage != 1 { part = graph.add("Mul", [part, graph.vector([extent.perImage])], in: path) }
      if extent.fixed != 0 { part = graph.add("Add", [part, graph.vector([extent.fixed])], in: path) }
      parts.append(part)
    }
    return parts.count == 1 ? parts[0] : graph.add("Concat", parts, [.number("axis", 0)], in: path)
  }
}
