import GradientChecks
import Layers
import Sessions
import Tensors
import Testing

@Suite("Attention layers")
struct AttentionTests {
  @Test("have the gradients of their central differences", arguments: [false, true])
  func gradients(isCausal: Bool) throws {
    // Without biases: that of keys has no effect, and so a gradient of rounding errors only.
    let layers: [any Layer] = [
      MultiHeadAttention(heads: 2, isCausal: isCausal, bias: false),
      TransformerBlock(heads: 3, isCausal: isCausal, bias: false),
    ]
    for layer in layers {
      #expect(try checkGradients(of: layer, input: [2, 5, 6]).failures().isEmpty, "\(layer)")
    }
  }

  @Test("take means of values: of equal positions any one of them, and of the first itself")
  func means() throws {
    let states = StateStore()
    let layer = MultiHeadAttention(heads: 2, isCausal: true)
    let x = Tensor((0..<4).flatMap { _ in [Float(1), 2, 3, 4] }, shape: [1, 4, 4])
    let y = try layer.forward(x, in: Pass(.evaluation, states: states)).values().doubles
    for row in 1..<4 {
      for column in 0..<4 { #expect(abs(y[4 * row + column] - y[column]) < 1e-6) }
    }
    #expect(states.parameters.map(\.name) == ["qkv.weight", "qkv.bias", "out.weight", "out.bias"])
  }
}
