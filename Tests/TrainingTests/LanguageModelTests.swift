import Datasets
import Devices
import Execution
import Foundation
import Layers
import Models
import Optimizers
import Sessions
import TestSupport
import Tensors
import Testing

@testable import Training

@Suite("Language models")
struct LanguageModelTests {
  private static let backends: [BackendChoice] =
    VulkanUnderTest.missing == nil ? [.cpu, .vulkan(device: nil)] : [.cpu]

  private static let (vocabulary, context) = (13, 8)

  private static func gpt(bias: Bool, dropout: Double = 0) -> GPT {
    GPT(
      vocabulary: vocabulary, context: context, blocks: 2, heads: 2, channels: 16, bias: bias,
      dropout: dropout)
  }

  /// As in Fixtures/gpt.py: numbers by place and name, around 1 for the scales of norms.
  private static func filling(_ state: State) -> [Float] {
    let seed = Double(state.name.utf8.reduce(0) { $0 + Int($1) })
    let isScale = state.shape.rank == 1 && state.name.hasSuffix("weight")
    return (0..<state.shape.count).map {
      Float(0.1 * Foundation.sin(1.7 * Double($0) + 0.1 * seed)) + (isScale ? 1 : 0)
    }
  }

  private static func windows(step: Int) -> [Int32] {
    (0..<4).flatMap { row in (0...context).map { Int32((7 * (step + row) + $0 * $0) % vocabulary) } }
  }

  private struct Fixture: Decodable {
    let withoutBias, withBias: [Double]
    enum CodingKeys: String, CodingKey {
      case withoutBias = "without bias"
      case withBias = "with bias"
    }
  }

  private static func fixture() throws -> Fixture {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/gpt.json")
    return try JSONDecoder().decode(Fixture.self, from: Foundation.Data(contentsOf: file))
  }

  @Test("have PyTorch's first ten losses", arguments: backends, [false, true])
  func losses(backend: BackendChoice, bias: Bool) throws {
    let session = try Session(on: backend)
    let states = StateStore()
    let tokens = Tensor.input("tokens", [4, Self.context + 1], dtype: .int32)
    let objective = LanguageModeling(Self.gpt(bias: bias), vocabulary: Self.vocabulary)
    let outcome = try objective.measure(
      Batch(size: 4, ["tokens": tokens]), in: Pass(.training, states: states))
    let parameters = states.parameters
    let gradients = clipped(gradients(of: outcome.loss, at: parameters.map(\.value)), toNorm: 1)
    let update = AdamW(learningRate: 1e-2, weightDecay: 0.1, beta2: 0.99).minimizing(
      gradients, at: parameters)
    let step = try session.step("gpt", outputs: ["loss": outcome.loss], assigning: update.assignments)
    for state in parameters { try session.set(state, to: Self.filling(state)) }
    let expected = try bias ? Self.fixture().withBias : Self.fixture().withoutBias
    for (number, loss) in expected.enumerated() {
      try step.run(["tokens": Self.windows(step: number)])
      #expect(try abs(step.output("loss").scalar - loss) < 1e-4, "step \(number + 1)")
    }
  }

  @Test("see no token that comes later")
  func causal() throws {
    let session = try Session(on: .cpu, seed: 3)
    let tokens = Tensor.input("tokens", [1, Self.context], dtype: .int32)
    let output = Self.gpt(bias: true).forward(tokens, in: Pass(.evaluation, states: StateStore()))
    let step = try session.step("gpt", outputs: ["scores": output])
    func scores(_ tokens: [Int32]) throws -> [Double] {
      try step.run(["tokens": tokens])
      return try step.output("scores").doubles
    }
    let first = try scores([1, 2, 3, 4, 5, 6, 7, 8])
    let second = try scores([1, 2, 3, 4, 9, 9, 9, 9])
    let same = 4 * Self.vocabulary
    #expect(first.prefix(same) == second.prefix(same))
    #expect(first.dropFirst(same) != second.dropFirst(same))
  }

  @Test("refuse tokens beyond the context, and heads that do not divide")
  func refusals() throws {
    let pass = Pass(.evaluation, states: StateStore())
    #expect(
      Self.gpt(bias: true).forward(.full([2, 9], 1, dtype: .int32), in: pass).error?.reason
        == "takes tokens [N, T] of at most 8, not int32[2, 9]")
    #expect(
      MultiHeadAttention(heads: 3).forward(.full([2, 4, 8], 1), in: pass).error?.reason
        == "8 channels of [2, 4, 8] are no multiple of 3 heads")
    #expect(
      MultiHeadAttention(heads: 2).forward(.full([2, 4], 1), in: pass).error?.reason
        == "takes floats [N, T, C], not float32[2, 4]")
    let objective = LanguageModeling(Dense(3), vocabulary: 5)
    #expect(throws: TrainingError.self) {
      try objective.measure(Batch(size: 2, ["tokens": .full([2, 1], 1, dtype: .int32)]), in: pass)
    }
  }

  @Test("learn a text, and tell its perplexity and bits per character")
  func learning() throws {
    // Each token follows from the two before it.
    var text: [Int32] = [1, 1]
    while text.count < 400 { text.append((text[text.count - 1] + text[text.count - 2]) % 11) }
    let windows = ComputedSource(count: 390, [DataField("tokens", [9], dtype: .int32)]) {
      [text] rows, targets in
      let memory = targets[0].bindMemory(to: Int32.self)
      for (place, row) in rows.enumerated() {
        for offset in 0..<9 { memory[9 * place + offset] = text[row + offset] }
      }
    }
    var settings = TrainingSettings()
    (settings.batchSize, settings.clipNorm, settings.validation) = (13, 1, .count(39))
    let trainer = try Trainer(
      LanguageModeling(Self.gpt(bias: false, dropout: 0.05), vocabulary: 13, charactersPerToken: 2),
      training: windows, optimizer: AdamW(learningRate: 1e-2, weightDecay: 0.1), backend: .cpu,
      settings: settings)
    let history = try trainer.run(epochs: 6)
    let (first, last) = try (
      #require(history.epochs.first?.validation), #require(history.epochs.last?.validation)
    )
    #expect(last.loss < 0.3 * first.loss && last.loss < 0.2, "\(first) \(last)")
    #expect(abs(last.value(of: "perplexity") - exp(last.loss)) < 1e-6)
    #expect(abs(last.value(of: "bitsPerCharacter") - last.loss / 2 / Foundation.log(2)) < 1e-6)
    #expect(history.monitored == .loss)
  }
}
