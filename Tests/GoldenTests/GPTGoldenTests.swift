import Devices
import Foundation
import Models
import Optimizers
import Sessions
import Tensors
import Testing
import Training

@Suite("A GPT beside PyTorch")
struct GPTGoldenTests {
  /// Fixtures/gpt.json: computed by PyTorch in float64 with Fixtures/make_gpt_goldens.py.
  struct Golden: Decodable, Sendable, CustomTestStringConvertible {
    let arrangement: GPT.Arrangement
    let positions: GPT.Positions
    let bias: Bool
    let heads: Int
    let keyValueHeads: Int
    let mlpWidth: Int
    let tied: Bool
    let losses: [Double]

    var testDescription: String {
      "\(arrangement), \(positions), bias \(bias), \(heads) heads on \(keyValueHeads), tied \(tied)"
    }

    static let all: [Golden] = {
      let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
        path: "Fixtures/gpt.json")
      do { return try JSONDecoder().decode([Golden].self, from: Data(contentsOf: url)) } catch {
        fatalError("\(error)")
      }
    }()
  }

  private static let (vocabulary, context, batch) = (37, 16, 4)

  private func tokens(step: Int) -> [Int32] {
    (0..<Self.batch).flatMap { row -> [Int32] in
      (0...Self.context).map { place -> Int32 in
        let sum = step * 31 + row * 17 + place * place * 5 + place
        return Int32(sum % Self.vocabulary)
      }
    }
  }

  @Test("has the losses of ten steps of AdamW", arguments: Golden.all)
  func losses(of golden: Golden) throws {
    let net = GPT(
      vocabulary: Self.vocabulary, context: Self.context, blocks: 2, heads: golden.heads,
      keyValueHeads: golden.keyValueHeads, channels: 16, mlpWidth: golden.mlpWidth,
      arrangement: golden.arrangement, bias: golden.bias, positions: golden.positions, tied: golden.tied)
    let session = try Session(on: .cpu)
    let states = StateStore()
    let pass = Pass(.training, states: states)
    let ids = Tensor.input("tokens", [Self.batch, Self.context + 1], dtype: .int32)
    let outcome = LanguageModeling(net).measure(Batch(size: Self.batch, ["tokens": ids]), in: pass)
    let update = AdamW(learningRate: 0.01, weightDecay: 0.1, beta2: 0.95).minimizing(
      outcome.loss, at: states.parameters)
    let step = try session.step("train", outputs: ["loss": outcome.loss], assigning: update.assignments)
    try session.setByFormula(states)
    for (number, expected) in golden.losses.enumerated() {
      try step.run(["tokens": tokens(step: number)])
      let loss = try step.output("loss").scalar
      // float32 roundings, amplified by ten steps.
      #expect(
        abs(loss - expected) < 2e-5 * expected, "step \(number): \(loss), where \(expected) is expected")
    }
  }
}
