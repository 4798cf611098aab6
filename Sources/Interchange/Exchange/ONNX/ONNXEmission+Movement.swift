import ONNXFormat
import Tensors

extension ONNXEmission {
  mutating func emit(_ movement: Movement, _ entry: InferenceGraph.Entry) throws -> Value {
    let x = source.entries[entry.inputs[0]]
    let value = operand(entry.inputs[0])
    switch movement {
    case .reshape: return reshaped(value, from: x.extents, as: entry)
    case .transpose(let order): return add("Transpose", [value], [.numbers("perm", order)], as: entry)
    case .slice(let start, _):
      // Axes not sliced may depend on the batch.
      let axes = start.indices.filter { x.extents[$0] != entry.extents[$0] }
      guard !axes.isEmpty else { return Value(name: value, extents: entry.extents) }
      guard axes.allSatisfy({ entry.extents[$0].isFixed }) else { throw unsupported(entry) }
      let places = [
        axes.map { start[$0] }, axes.map { start[$0] + entry.extents[$0].fixed }, axes,
      ].map { graph.vector($0) }
      return add("Slice", [value] + places, as: entry)
    case .pad(let before, let after):
      return add("Pad", [value, graph.vector(before + after)], as: entry)
    case .gather: return add("Gather", [value, operand(entry.inputs[1])], as: entry)
    // Left to the readers, unless it has none.
    case .broadcast: return Value(name: value, extents: x.extents)
    }
  }

  private mutating func reshaped(
    _ value: String, from extents: [Extent], as entry: InferenceGraph.Entry
  ) -> Value {
    let target = entry.extents
    if target.count == 2, extents.count > 2, target[0] == extents[0] {
      return add("Flatten", [value], [.number("axis", 1)], as: entry)
    }
    let open = target.filter { !$0.isFixed }.count
    let isInferable = open <= 1 && target.allSatisfy { !$0.isFixed || $0.fixed > 0 }
    let shape =
      isInferable
      ? graph.vector(target.map { $0.isFixed ? $0.fixed : -1 }) : shape(target, in: entry.path)
    return add("Reshape", [value, shape], as: entry)
  }
}
