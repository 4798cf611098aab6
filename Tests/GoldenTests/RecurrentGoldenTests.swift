import Devices
import Foundation
import Layers
import Optimizers
import Sessions
import Tensors
import Testing

@Suite("Recurrent networks beside PyTorch")
struct RecurrentGoldenTests {
  /// Fixtures/recurrent.json: computed by PyTorch in float64 with Fixtures/make_recurrent_goldens.py.
  struct Golden: Decodable, Sendable, CustomTestStringConvertible {
    let cell: String
    let layers: Int
    let bidirectional: Bool
    let lengths: [Int32]
    let losses: [Double]

    var testDescription: String { "\(layers) \(cell), bidirectional \(bidirectional), lengths \(lengths)" }

    static let all: [Golden] = {
      let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
        path: "Fixtures/recurrent.json")
      do { return try JSONDecoder().decode([Golden].self, from: Data(contentsOf: url)) } catch {
        fatalError("\(error)")
      }
    }()
  }

  private static let (vocabulary, length, channels, units, batch) = (37, 12, 6, 10, 4)

  /// Numbers between −scale and scale that look like chance, as the script makes them.
  private func numbers(_ shape: Shape, seed: Int, scale: Double) -> TensorValues {
    let numbers = (0..<shape.count).map { index -> Double in
      let remainder = (index * 7919 + seed * 104_729) % 2003
      return scale * (Double(remainder) / 1001.5 - 1)
    }
    return TensorValues(converting: numbers, shape: shape, to: .float32)
  }

  private func tokens(step: Int) -> [Int32] {
    (0..<Self.batch).flatMap { row -> [Int32] in
      (0...Self.length).map { place -> Int32 in
        let sum = step * 31 + row * 17 + place * place * 5 + place
        return Int32(sum % Self.vocabulary)
      }
    }
  }

  /// The mean loss of the next tokens, and a tenth of the mean squares of the last states.
  private func loss(_ golden: Golden, _ ids: Tensor, in pass: Pass) -> Tensor {
    let (batch, length) = (Self.batch, Self.length)
    let x = Embedding(Self.vocabulary, width: Self.channels)(ids[.all, 0..<length], in: pass, as: "tokens")
    let lengths = golden.lengths.isEmpty ? nil : Tensor(golden.lengths, shape: [batch])
    let (y, states): (Tensor, [Tensor])
    if golden.cell == "lstm" {
      let made = LSTM(Self.units, layers: golden.layers, bidirectional: golden.bidirectional).run(
        x, lengths: lengths, in: pass, as: "rnn")
      (y, states) = (made.outputs, [made.hidden, made.cell])
    } else {
      let made = GRU(Self.units, layers: golden.layers, bidirectional: golden.bidirectional).run(
        x, lengths: lengths, in: pass, as: "rnn")
      (y, states) = (made.outputs, [made.hidden])
    }
    let scores = Dense(Self.vocabulary)(y, in: pass, as: "head").reshaped([batch * length, Self.vocabulary])
    let next = ids[.all, 1...].reshaped([batch * length])
    return states.reduce(softmaxCrossEntropy(scores, next).mean()) { $0 + 0.1 * ($1 * $1).mean() }
  }

  @Test("have the losses of ten steps of AdamW", arguments: Golden.all)
  func losses(of golden: Golden) throws {
    let session = try Session(on: .cpu)
    let states = StateStore()
    let ids = Tensor.input("tokens", [Self.batch, Self.length + 1], dtype: .int32)
    let loss = loss(golden, ids, in: Pass(.training, states: states))
    let update = AdamW(learningRate: 0.01, weightDecay: 0.1, beta2: 0.95).minimizing(
      loss, at: states.parameters)
    let step = try session.step("train", outputs: ["loss": loss], assigning: update.assignments)
    for (seed, state) in states.states.sorted(by: { $0.name < $1.name }).enumerated() {
      try session.set(
        state, to: numbers(state.shape, seed: seed, scale: state.shape.rank > 1 ? 0.3 : 0.1))
    }
    for (number, expected) in golden.losses.enumerated() {
      try step.run(["tokens": tokens(step: number)])
      let loss = try step.output("loss").scalar
      // float32 roundings, amplified by ten steps.
      #expect(
        abs(loss - expected) < 2e-5 * expected, "step \(number): \(loss), where \(expected) is expected")
    }
  }
}
