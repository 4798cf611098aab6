import Checkpoints
import Layers
import Tensors

extension Checkpoint {
  /// A model's initial values, with pixel normalization by numbers without short decimals.
  init(initial model: some Layer, input: Shape) {
    let states = StateStore()
    _ = model.forward(State("input", input, role: .data).value, in: Pass(.evaluation, states: states))
    self.init(
      tensors: Dictionary(
        uniqueKeysWithValues: states.states.map { ($0.name, $0.initial.values(for: $0, seed: 7)) }))
    let count = input.count / input[0]
    tensors["pixels.mean"] = TensorValues(
      (0..<count).map { 255 * Float($0) / Float(count) }, shape: Shape([1] + input.dimensions.dropFirst()))
    tensors["pixels.scale"] = TensorValues([Float(1) / 73], shape: [])
  }
}
