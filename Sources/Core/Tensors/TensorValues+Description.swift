extension TensorValues: CustomStringConvertible {
  /// Type, shape and elements: `float32[2, 2] [[1.0, 2.0], [3.0, 4.0]]`; of long axes the first and last
  /// three.
  public var description: String {
    let texts: (Int) -> String
    switch dtype {
    case .float32: texts = { [numbers = elements(as: Float.self)] in "\(numbers[$0])" }
    case .float64: texts = { [numbers = elements(as: Double.self)] in "\(numbers[$0])" }
    case .int32: texts = { [numbers = elements(as: Int32.self)] in "\(numbers[$0])" }
    case .uint8: texts = { [bytes] in "\(bytes[$0])" }
    case .int64: texts = { [numbers = elements(as: Int64.self)] in "\(numbers[$0])" }
    case .bool: texts = { [bytes] in "\(bytes[$0] != 0)" }
    case .float16: texts = { [numbers = elements(as: Float16.self)] in "\(numbers[$0])" }
    case .bfloat16: texts = { [numbers = doubles] in "\(Float(numbers[$0]))" }
    }
    return "\(dtype)\(shape) " + text(of: 0, from: 0, shape.rowMajorStrides, texts)
  }

  private func text(of axis: Int, from first: Int, _ strides: [Int], _ element: (Int) -> String) -> String {
    guard axis < shape.rank else { return element(first) }
    let extent = shape[axis]
    let shown = extent <= 8 ? Array(0..<extent) : [0, 1, 2, extent - 3, extent - 2, extent - 1]
    var parts = shown.map { text(of: axis + 1, from: first + $0 * strides[axis], strides, element) }
    if extent > 8 { parts.insert("…", at: 3) }
    return "[" + parts.joined(separator: ", ") + "]"
  }
}
