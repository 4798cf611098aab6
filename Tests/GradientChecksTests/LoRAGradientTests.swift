import Devices
import GradientChecks
import Layers
import Sessions
import Tensors
import Testing

@Suite("Gradients beside frozen weights")
struct LoRAGradientTests {
  private struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let layer: any Layer
    let input: Shape
  }

  private static let cases = [
    Case(testDescription: "dense", layer: Dense(5), input: [3, 4]),
    Case(testDescription: "dense along the last axis", layer: Dense(5), input: [2, 3, 4]),
    Case(
      testDescription: "convolution",
      layer: Convolution2D(filters: 4, kernel: 3, stride: 2, padding: .uniform(1)),
      input: [2, 3, 5, 5]),
    Case(
      testDescription: "convolution of sequences", layer: Convolution1D(filters: 4, kernel: 3, dilation: 2),
      input: [2, 3, 8]),
    Case(
      testDescription: "convolution of volumes", layer: Convolution3D(filters: 3, kernel: 2),
      input: [1, 2, 3, 3, 3]),
    Case(testDescription: "lstm", layer: LSTM(3), input: [2, 3, 4]),
    Case(testDescription: "attention", layer: MultiHeadAttention(heads: 2), input: [1, 3, 4]),
  ]

  /// A pass in which B and magnitudes begin as if they had learned: with B of zeros there is no gradient of A.
  private func pass(_ lora: LoRA) -> Pass {
    let store = StateStore(dtype: .float64, lora: lora)
    let states = StateStore(store) { state in
      guard LoRA.weight(ofAdapter: state.name) != nil, !state.name.hasSuffix("lora_A") else { return state }
      return State(
        state.name, state.shape, dtype: .float64, role: state.role,
        initial: state.name.hasSuffix("lora_B") ? .normal(standardDeviation: 0.5) : .uniform(0.5...2))
    }
    return Pass(.training, states: states)
  }

  private func loss(_ layer: any Layer, _ input: Shape, in pass: Pass) -> Tensor {
    let x = State("x", input, dtype: .float64, role: .data, initial: .normal(standardDeviation: 1))
    let y = layer.forward(x.value, in: pass)
    let c = State("c", y.shape, dtype: .float64, role: .data, initial: .normal(standardDeviation: 1))
    return (c.value * y).sum()
  }

  @Test("of A, B and the weight agree with central differences", arguments: cases)
  private func lora(_ example: Case) throws {
    let pass = pass(LoRA(rank: 2, alpha: 3))
    let loss = loss(example.layer, example.input, in: pass)
    #expect(!pass.states.adapters.isEmpty)
    // Without biases: those of keys change no softmax, so that differences are roundings.
    let report = try checkGradients(of: loss, at: pass.states.parameters.filter { $0.role == .weight })
    #expect(report.failures().isEmpty, "\(report)")
  }

  /// The norm counts as a constant, which differences do not know: so they are taken of the same with the norm's present value.
  @Test("of DoRA agree with central differences where the norm is a constant")
  func dora() throws {
    let lora = LoRA(rank: 2, alpha: 3, decomposed: true)
    let pass = pass(lora)
    let loss = loss(Dense(5, bias: false), [3, 4], in: pass)
    let gradients = gradients(of: loss, at: pass.states.adapters.map(\.value))
    let (weight, down, up, magnitude) = (
      pass.states.states[0].value, pass.states.states[1].value, pass.states.states[2].value,
      pass.states.states[3].value
    )
    let whole = weight + 1.5 * matmul(down, up)
    let norm = try sqrt((whole * whole).sum([0])).values(on: .reference)
    let x = State("x", [3, 4], dtype: .float64, role: .data, initial: .normal(standardDeviation: 1)).value
    let c = State("c", [3, 5], dtype: .float64, role: .data, initial: .normal(standardDeviation: 1)).value
    let plain = (c * (magnitude / Tensor(norm)) * (matmul(x, weight) + 1.5 * matmul(matmul(x, down), up)))
      .sum()
    let report = try checkGradients(of: plain, at: pass.states.adapters)
    #expect(report.failures().isEmpty, "\(report)")
    let expected = Tensors.gradients(of: plain, at: pass.states.adapters.map(\.value))
    for (a, b) in zip(gradients, expected) {
      let (found, expected) = (try a.values(on: .reference).doubles, try b.values(on: .reference).doubles)
      for (x, y) in zip(found, expected) { #expect(abs(x - y) <= 1e-12 * max(1, abs(y))) }
    }
  }
}
