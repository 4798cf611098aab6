package import Tensors

/// The flops of some tensors, by layer label.
///
/// Common subexpressions count once, for the first layer; fusion saves memory traffic, not arithmetic.
package func flopsByLayer(_ tensors: [Tensor]) -> [String: Int] {
  let graph = Graph(tensors)
  return graph.entries.reduce(into: [:]) { flops, entry in
    let inputs = entry.inputs.map { graph.entries[$0].type }
    flops[entry.layerPath, default: 0] += entry.op.operation.flops(inputs: inputs, result: entry.type)
  }
}
