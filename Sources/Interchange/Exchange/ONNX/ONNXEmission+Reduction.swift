import ONNXFormat
import Tensors

extension ONNXEmission {
  mutating func emit(_ reduction: Reduction, _ entry: InferenceGraph.Entry) -> Value {
    let value = operand(entry.inputs[0])
    // Without axes ONNX reduces all of them.
    guard !reduction.axes.isEmpty else { return Value(name: value, extents: entry.extents) }
    let keeps = ONNXAttributeProto.number("keepdims", 0)
    let axes = graph.vector(Array(reduction.axes))
    switch reduction.kind {
    case .sum: return add("ReduceSum", [value, axes], [keeps], as: entry)
    case .max: return add("ReduceMax", [value, axes], [keeps], as: entry)
    case .argmax:
      let place = graph.add(
        "ArgMax", [value], [.number("axis", reduction.axes.lowerBound), keeps], in: entry.path)
      return add("Cast", [place], [.type(DType.int32.onnx)], as: entry)
    }
  }

  mutating func emitMean(
    of x: Int, over axes: Range<Int>, keepsAxes: Bool, as entry: InferenceGraph.Entry
  ) -> Value {
    let value = operand(x)
    if !keepsAxes, axes == 2..<4, source.entries[x].extents.count == 4 {
      let pooled = graph.add("GlobalAveragePool", [value], in: entry.path)
      return add("Flatten", [pooled], [.number("axis", 1)], as: entry)
    }
    let operands = [value, graph.vector(Array(axes))]
    return add("ReduceMean", operands, [.number("keepdims", keepsAxes ? 1 : 0)], as: entry)
  }
}
