import FoundationEssentials
import ONNXFormat
import Tensors

/// An ONNX graph under construction: its nodes, in order of execution, and its initializers.
struct ONNXGraph {
  private(set) var nodes: [ONNXNodeProto] = []
  private(set) var initializers: [ONNXTensorProto] = []
  private var used: [String: Int] = [:]
  private var vectors: [[Int]: String] = [:]

  /// - Parameter reserved: names not available for results of nodes.
  init(reserving reserved: [String]) {
    for name in reserved { used[name] = 1 }
  }

  /// Adds a node with one result.
  ///
  /// - Parameter path: of its layer.
  /// - Returns: the name of the result.
  mutating func add(
    _ type: String, _ inputs: [String], _ attributes: [ONNXAttributeProto] = [], in path: String
  ) -> String {
    let name = unique(path.isEmpty ? type : "\(path).\(type)")
    var node = ONNXNodeProto()
    node.opType = type
    node.name = name
    node.input = inputs
    node.output = [name]
    node.attribute = attributes
    nodes.append(node)
    return name
  }

  /// Adds an initializer under a unique name.
  mutating func add(_ values: TensorValues, named name: String) -> String {
    let name = unique(name)
    var tensor = ONNXTensorProto()
    tensor.name = name
    tensor.dims = values.shape.dimensions.map(Int64.init)
    tensor.dataType = Int32(values.dtype.onnx.rawValue)
    tensor.rawData = Data(values.bytes)
    initializers.append(tensor)
    return name
  }

  /// An int64 vector `[n]` of an operator's shape, axes or indices.
  mutating func vector(_ numbers: [Int]) -> String {
    if let name = vectors[numbers] { return name }
    let name = unique("numbers.\(numbers.map(String.init).joined(separator: "_"))")
    var tensor = ONNXTensorProto()
    tensor.name = name
    tensor.dims = [Int64(numbers.count)]
    tensor.dataType = Int32(ONNXTensorProto.DataType.int64.rawValue)
    tensor.rawData = numbers.map { Int64($0).littleEndian }.withUnsafeBytes { Data($0) }
    initializers.append(tensor)
    vectors[numbers] = name
    return name
  }

  /// Renames a value to a reserved name.
  mutating func publish(_ value: String, as name: String) {
    guard let index = nodes.firstIndex(where: { $0.output == [value] }) else {
      // The input and initializers keep their names.
      var node = ONNXNodeProto()
      (node.opType, node.name, node.input, node.output) = ("Identity", "Identity", [value], [name])
      nodes.append(node)
      return
    }
    nodes[index].output = [name]
    for reader in nodes.indices {
      nodes[reader].input = nodes[reader].input.map { $0 == value ? name : $0 }
    }
  }

  private mutating func unique(_ name: String) -> String {
    var candidate = name
    while let count = used[candidate] {
      used[candidate] = count + 1
      candidate = "\(name)_\(count)"
    }
    used[candidate] = 1
    return candidate
  }
}

extension DType {
  var onnx: ONNXTensorProto.DataType {
    switch self {
    case .float32: .float
    case .float64: .double
    case .int32: .int32
    case .uint8: .uint8
    case .bool: .bool
    case .int64: .int64
    case .float16: .float16
    case .bfloat16: .bfloat16
    }
  }
}

extension ONNXAttributeProto {
  /// The target type of a cast.
  static func type(_ type: ONNXTensorProto.DataType) -> ONNXAttributeProto { .number("to", type.rawValue) }

  static func number(_ name: String, _ number: Int) -> ONNXAttributeProto {
    var attribute = ONNXAttributeProto()
    (attribute.name, attribute.type, attribute.i) = (name, .int, Int64(number))
    return attribute
  }

  static func numbers(_ name: String, _ numbers: [Int]) -> ONNXAttributeProto {
    var attribute = ONNXAttributeProto()
    (attribute.name, attribute.type, attribute.ints) = (name, .ints, numbers.map(Int64.init))
    return attribute
  }

  static func real(_ name: String, _ number: Double) -> ONNXAttributeProto {
    var attribute = ONNXAttributeProto()
    (attribute.name, attribute.type, attribute.f) = (name, .float, Float(number))
    return attribute
  }
}
