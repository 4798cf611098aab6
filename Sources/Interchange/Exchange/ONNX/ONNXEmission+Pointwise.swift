import ONNXFormat
import Tensors

extension ONNXEmission {
  /// ONNX's operators broadcast as the functions on tensors do.
  mutating func emit(_ op: Pointwise, _ entry: InferenceGraph.Entry) throws -> Value {
    var extents: [Extent] = []
    for index in entry.inputs { extents = extents.stretched(with: result(index).extents) }
    if op == .select {
      let operands = [truth(entry.inputs[0]), stretchable(entry.inputs[1]), stretchable(entry.inputs[2])]
      let name =
        entry.dtype == .bool
        ? select(operands, in: entry.path) : graph.add("Where", operands, in: entry.path)
      return Value(name: name, extents: extents)
    }
    var operands: [String] = []
    for index in entry.inputs { operands.append(stretchable(index)) }
    if case .rounded(let precision) = op {
      return Value(name: try rounded(operands[0], to: precision, entry), extents: extents)
    }
    if case .function(let function) = op {
      return Value(name: emit(function, of: operands[0], entry), extents: extents)
    }
    if source.entries[entry.inputs[0]].dtype == .bool, let type = ONNXEmission.logicalOperator(for: op) {
      // Truth values have no order in ONNX: a < b if a is false and b true.
      if op == .less { operands[0] = graph.add("Not", [operands[0]], in: entry.path) }
      return Value(name: graph.add(type, operands, in: entry.path), extents: extents)
    }
    let (type, attributes) = ONNXEmission.operator(for: op)
    return Value(name: graph.add(type, operands, attributes, in: entry.path), extents: extents)
  }

  /// Selects truth values by logic: `Where` has none in onnxruntime.
  private mutating func select(_ operands: [String], in path: String) -> String {
    let other = graph.add("Not", [operands[0]], in: path)
    let parts = [
      graph.add("And", [operands[0], operands[1]], in: path),
      graph.add("And", [other, operands[2]], in: path),
    ]
    return graph.add("Or", parts, in: path)
  }

  /// The operator of truth values, where there is another one than of numbers.
  private static func logicalOperator(for op: Pointwise) -> String? {
    switch op {
    case .minimum, .less: "And"
    case .maximum: "Or"
    default: nil
    }
  }

  private static func `operator`(for op: Pointwise) -> (type: String, attributes: [ONNXAttributeProto]) {
    switch op {
    case .negate: ("Neg", [])
    case .abs: ("Abs", [])
    case .sqrt: ("Sqrt", [])
    case .relu: ("Relu", [])
    case .floor: ("Floor", [])
    case .cast(let dtype): ("Cast", [.type(dtype.onnx)])
    case .add: ("Add", [])
    case .subtract: ("Sub", [])
    case .multiply: ("Mul", [])
    case .divide: ("Div", [])
    case .maximum: ("Max", [])
    case .minimum: ("Min", [])
    case .power: ("Pow", [])
    // The sign of the dividend.
    case .remainder: ("Mod", [.number("fmod", 1)])
    case .equal: ("Equal", [])
    case .less: ("Less", [])
    // Written where they are emitted.
    case .function: ("Identity", [])
    case .select: ("Where", [])
    case .rounded: ("Cast", [])
    }
  }

  /// - Returns: the name of the function's value at x.
  private mutating func emit(
    _ function: ElementaryFunction, of x: String, _ entry: InferenceGraph.Entry
  ) -> String {
    let one = { (emission: inout ONNXEmission) in
      emission.graph.add(TensorValues(converting: [1], shape: [], to: entry.dtype), named: "one")
    }
    func add(_ type: String, _ operands: String...) -> String { graph.add(type, operands, in: entry.path) }
    return switch function {
    case .exp: add("Exp", x)
    case .expm1: add("Sub", add("Exp", x), one(&self))
    case .log: add("Log", x)
    case .log1p: add("Log", add("Add", x, one(&self)))
    case .sin: add("Sin", x)
    case .cos: add("Cos", x)
    case .tanh: add("Tanh", x)
    case .sigmoid: add("Sigmoid", x)
    case .erf: add("Erf", x)
    }
  }

  /// The name of a condition as truth values.
  private mutating func truth(_ index: Int) -> String {
    let (name, entry) = (result(index).name, source.entries[index])
    return entry.dtype == .bool ? name : graph.add("Cast", [name], [.type(.bool)], in: entry.path)
  }

  /// A value rounded to a format, in its original type.
  mutating func rounded(
    _ value: String, to precision: Precision, _ entry: InferenceGraph.Entry
  ) throws -> String {
    let format: ONNXTensorProto.DataType
    switch precision {
    case .float32: return value
    case .bfloat16: format = .bfloat16
    case .float16: format = .float16
    case .tf32:
      let place = entry.path.isEmpty ? "" : " in layer \(entry.path)"
      throw ExchangeError(
        "ONNX has no numbers of the format tf32, to which '\(entry.op.operation.name)'\(place) rounds: use bf16, fp16 "
          + "or float32 there")
    }
    let narrow = graph.add("Cast", [value], [.type(format)], in: entry.path)
    return graph.add("Cast", [narrow], [.type(entry.dtype.onnx)], in: entry.path)
  }
}
