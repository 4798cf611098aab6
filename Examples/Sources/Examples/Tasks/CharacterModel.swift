import Lemnos

/// Next-character prediction with one block of causal self-attention.
@Sendable func characterModel(_ run: Run) throws {
  let (count, length, width) = (16, 24, 32)
  let session = try Session(on: run.backend, seed: 11)
  let states = StateStore()
  let pass = Pass(.training, states: states)
  let x = Tensor.input("x", [count, length], dtype: .int32)
  let y = Tensor.input("y", [count, length], dtype: .int32)

  let positions = pass.weight("positions", [length, width], fanIn: width)
  let embedded = Embedding(alphabet.count, width: width)(x, in: pass, as: "letters") + positions
  let hidden =
    embedded
    + CausalAttention(heads: 4)(LayerNorm()(embedded, in: pass, as: "norm"), in: pass, as: "attention")
  let scores = Dense(alphabet.count)(hidden, in: pass, as: "scores")
  let losses = softmaxCrossEntropy(
    scores.reshaped([count * length, alphabet.count]), y.reshaped([count * length]))
  let loss = losses.mean()
  let update = Adam(learningRate: 0.005).minimizing(loss, at: states.parameters)
  let step = try session.step("train", outputs: ["loss": loss], assigning: update.assignments)

  try run.begins(with: states.states, of: session)
  var numbers = Numbers(seed: 12)
  for _ in 0..<run.steps {
    let batch = phrases(count, length: length, from: &numbers)
    try step.run(batch)
    run.note(try step.output("loss").scalar, of: batch)
  }
}

/// Multi-head attention, softmax(Q Kᵀ / √d + mask) V, with a causal mask.
struct CausalAttention: Layer {
  let heads: Int

  func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    let (batch, length, width) = (x.shape[0], x.shape[1], x.shape[2])
    let all = Dense(3 * width)(x, in: pass, as: "qkv").reshaped([batch, length, 3, heads, width / heads])
    let (q, k, v) = (all[.all, .all, 0], all[.all, .all, 1], all[.all, .all, 2])
    let scores = einsum("bihd,bjhd->bhij", q, k) / Double(width / heads).squareRoot()
    let rows = Tensor.indices(length)
    let isLater = rows.expanded(at: 1) .< rows.expanded(at: 0)
    let hidden = select(isLater, Tensor(-1e9), scores)
    let mixed = einsum("bhij,bjhd->bihd", softmax(hidden), v).reshaped([batch, length, width])
    return Dense(width)(mixed, in: pass, as: "out")
  }
}
