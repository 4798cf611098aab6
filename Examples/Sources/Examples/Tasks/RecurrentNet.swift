import Lemnos

/// Next-character prediction with a gated recurrent unit.
@Sendable func recurrentNet(_ run: Run) throws {
  let (count, length, width) = (16, 12, 32)
  let session = try Session(on: run.backend, seed: 13)
  let states = StateStore()
  let pass = Pass(.training, states: states)
  let x = Tensor.input("x", [count, length], dtype: .int32)
  let y = Tensor.input("y", [count, length], dtype: .int32)

  let letters = Embedding(alphabet.count, width: 16)(x, in: pass, as: "letters")
  let hidden = GRU(width: width)(letters, in: pass, as: "gru")
  let scores = Dense(alphabet.count)(hidden, in: pass, as: "scores")
  let losses = softmaxCrossEntropy(
    scores.reshaped([count * length, alphabet.count]), y.reshaped([count * length]))
  let loss = losses.mean()
  let gradients = clipped(gradients(of: loss, at: states.parameters.map(\.value)), toNorm: 1)
  let update = Adam(learningRate: 0.01).minimizing(gradients, at: states.parameters)
  let step = try session.step("train", outputs: ["loss": loss], assigning: update.assignments)

  try run.begins(with: states.states, of: session)
  var numbers = Numbers(seed: 14)
  for _ in 0..<run.steps {
    let batch = phrases(count, length: length, from: &numbers)
    try step.run(batch)
    run.note(try step.output("loss").scalar, of: batch)
  }
}

/// h' = (1 − z) n + z h, z and r sigmoids of x and h, n = tanh (W x + b + r (U h + c)): PyTorch's order of gates.
struct GRU: Layer {
  let width: Int

  func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    let ofInput = Dense(3 * width)(x, in: pass, as: "input")
    let u = pass.weight("state.weight", [width, 3 * width], fanIn: width)
    let c = pass.bias("state.bias", [3 * width])
    var h = Tensor.full([x.shape[0], width], 0)
    let all = (0..<x.shape[1]).map { time in
      let a = ofInput[.all, time].split(into: 3, axis: 1)
      let b = (matmul(h, u) + c).split(into: 3, axis: 1)
      let (r, z) = (sigmoid(a[0] + b[0]), sigmoid(a[1] + b[1]))
      let n = tanh(a[2] + r * b[2])
      h = (1 - z) * n + z * h
      return h
    }
    return stack(all, axis: 1)
  }
}
