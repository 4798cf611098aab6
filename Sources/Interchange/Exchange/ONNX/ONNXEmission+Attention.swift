import ONNXFormat
import Tensors

extension ONNXEmission {
  /// The weighted sums of an attention, `[N · T · H · D]`: ONNX has operators for its steps, which store scores and
  /// weights.
  mutating func emitAttention(_ attention: Int, as entry: InferenceGraph.Entry) throws -> Value {
    let origin = source.entries[attention]
    guard case .attention(.attention(let form)) = origin.op, form.dropout == nil else {
      throw unsupported(entry)
    }
    let (query, key) = (source.entries[origin.inputs[0]].extents, source.entries[origin.inputs[1]].extents)
    let (t, s) = (query[2], key[2])
    let path = entry.path
    let turned = ONNXAttributeProto.numbers("perm", [0, 1, 3, 2])
    let keys = forHeads(origin.inputs[1], of: query, in: path)
    let products = graph.add(
      "MatMul", [operand(origin.inputs[0]), graph.add("Transpose", [keys], [turned], in: path)], in: path)
    var scores = graph.add("Mul", [products, number(form.scale, origin.dtype)], in: path)
    var conditions: [String] = []
    if let input = form.maskInput {
      let mask = stretchable(origin.inputs[input])
      conditions.append(
        graph.add("Greater", [mask, number(AttentionForm.leavesOut, origin.dtype)], in: path))
      scores = graph.add("Add", [scores, mask], in: path)
    }
    if let input = form.documentInput {
      let (queries, keys) = (operand(origin.inputs[input]), operand(origin.inputs[input + 1]))
      let down = graph.add("Unsqueeze", [queries, graph.vector([1, 3])], in: path)
      let across = graph.add("Unsqueeze", [keys, graph.vector([1, 2])], in: path)
      conditions.append(graph.add("Equal", [down, across], in: path))
    }
    if form.isCausal {
      guard t.isFixed, s.isFixed else { throw unsupported(entry) }
      let isThere = (0..<t.fixed).flatMap { query in
        (0..<s.fixed).map { UInt8($0 <= query + s.fixed - t.fixed ? 1 : 0) }
      }
      let values = TensorValues(bytes: isThere, shape: [t.fixed, s.fixed], dtype: .bool)
      conditions.append(graph.add(values, named: "causal"))
    }
    let isThere = conditions.dropFirst().reduce(conditions.first) { both, next in
      both.map { graph.add("And", [$0, next], in: path) }
    }
    if let isThere {
      scores = graph.add("Where", [isThere, scores, number(AttentionForm.leftOut, origin.dtype)], in: path)
    }
    var weights = graph.add("Softmax", [scores], [.number("axis", -1)], in: path)
    // Where a query has no key, all weights would be equal.
    if let isThere { weights = graph.add("Where", [isThere, weights, number(0, origin.dtype)], in: path) }
    let sums = graph.add("MatMul", [weights, forHeads(origin.inputs[2], of: query, in: path)], in: path)
    let ordered = graph.add("Transpose", [sums], [.numbers("perm", [0, 2, 1, 3])], in: path)
    return add("Reshape", [ordered, graph.vector([-1])], as: entry)
  }

  /// Keys or values `[N, G, S, D]`, those of a group for each of its heads.
  private mutating func forHeads(_ input: Int, of query: [Extent], in path: String) -> String {
    let (value, extents) = (operand(input), source.entries[input].extents)
    guard extents[1] != query[1] else { return value }
    let (n, g, s, d) = (extents[0], extents[1].fixed, extents[2], extents[3])
    let apart = graph.add("Unsqueeze", [value, graph.vector([2])], in: path)
    let repeated = [n, Extent(fixed: g), Extent(fixed: query[1].fixed / g), s, d]
    let full = graph.add("Expand", [apart, shape(repeated, in: path)], in: path)
    return graph.add("Reshape", [full, shape([n, query[1], s, d], in: path)], in: path)
  }

  private mutating func number(_ number: Double, _ dtype: DType) -> String {
    graph.add(TensorValues(converting: [number], shape: [], to: dtype), named: "number.\(number)")
  }
}
