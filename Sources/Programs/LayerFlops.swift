package import Tensors

/// The arithmetic operations that some tensors take, by the label of the layer that asked for them.
///
/// Equal expressions count once, for the layer that came first; what fusion saves is memory traffic, not arithmetic.
package func flopsByLayer(_ tensors: [Tensor]) -> [String: Int] {
  let graph = Graph(tensors)
  return graph.entries.reduce(into: [:]) { flops, entry in
    let inputs = entry.inputs.map { graph.entries[$0].type }
    flops[entry.layerPath, default: 0] += entry.op.operation.flops(inputs: inputs, result: entry.type)
  }
}
