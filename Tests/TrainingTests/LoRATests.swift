import Checkpoints
import Datasets
import Devices
import Execution
import Layers
import Models
import Optimizers
import Programs
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite("Low-rank adaptation", .serialized)
struct LoRATests {
  private static let backends: [BackendChoice] =
    VulkanUnderTest.missing == nil ? [.cpu, .vulkan(device: nil)] : [.cpu]

  private static let kinds = [LoRA(rank: 3, alpha: 6), LoRA(rank: 3, alpha: 6, decomposed: true)]

  private func trainer(
    _ lora: LoRA?, _ model: some Layer = FullyConnectedNet(hidden: [9], classes: 10, normalization: .batch),
    on backend: BackendChoice = .cpu, seed: UInt64 = 5, _ change: (inout TrainingSettings) -> Void = { _ in }
  ) throws -> Trainer {
    var settings = TrainingSettings()
    (settings.batchSize, settings.lora) = (20, lora)
    settings.trainingSamples = 100
    settings.accuracySamples = 50
    settings.validation = .count(30)
    settings.regularization = 1e-3
    change(&settings)
    return try Trainer(
      model, data: .bundled(), optimizer: Momentum(learningRate: 0.1), backend: backend, settings: settings,
      seed: seed)
  }

  private func values(_ trainer: Trainer, where isWanted: (State) -> Bool) throws -> [String: TensorValues] {
    try Dictionary(
      uniqueKeysWithValues: trainer.states.parameters.filter(isWanted).map {
        ($0.name, try trainer.backend.read($0))
      })
  }

  private static func isAdapter(_ state: State) -> Bool { LoRA.weight(ofAdapter: state.name) != nil }

  @Test(
    "begins with the network that it adapts, and changes nothing but adapters", arguments: backends, kinds)
  func frozen(backend: BackendChoice, lora: LoRA) throws {
    let origin = try trainer(nil, on: backend, seed: 9)
    try origin.run(epochs: 1)
    let adapted = try trainer(lora, on: backend)
    #expect(try adapted.start(from: origin.checkpoint(), path: "origin") == [])
    let (before, after) = (try origin.evaluate(.validation), try adapted.evaluate(.validation))
    // B is 0; a magnitude divided by a norm is 1 up to rounding.
    #expect(abs(after.loss - before.loss) <= (lora.isDecomposed ? 1e-6 * before.loss : 0))
    let network = try values(adapted) { !Self.isAdapter($0) }
    #expect(try network == values(origin) { _ in true })
    let new = try values(adapted, where: Self.isAdapter)
    #expect(new.count == 2 * (lora.isDecomposed ? 3 : 2))
    try adapted.run(epochs: 2)
    #expect(try values(adapted) { !Self.isAdapter($0) } == network)
    let trained = try values(adapted, where: Self.isAdapter)
    #expect(trained.allSatisfy { new[$0.key] != $0.value })
    #expect(try #require(adapted.history.losses.last) < adapted.history.losses[0])
    // The optimizer keeps something of what is trained only.
    #expect(adapted.trainingStep.slots.count == new.count)
    #expect(adapted.trainedParameters.count == new.count)
  }

  @Test("computes no gradients of frozen weights")
  func arithmetic() throws {
    func program(_ lora: LoRA?) throws -> Program {
      var settings = TrainingSettings()
      (settings.batchSize, settings.lora) = (64, lora)
      return try Program.trainingStep(
        of: FullyConnectedNet(hidden: [512, 512], classes: 10),
        input: ImageShape(channels: 1, height: 28, width: 28),
        classes: 10, optimizer: Adam(), settings: settings)
    }
    let (whole, adapted) = (try program(nil), try program(LoRA(rank: 4, alpha: 4)))
    // Products: forward all three layers, backward the input's gradients of two and the weights' of three. The optimizer's
    // arithmetic for each parameter falls away too.
    let layers = [784 * 512, 512 * 512, 512 * 10]
    let gradients = 2 * 64 * layers.reduce(0, +)
    let narrow = 3 * 2 * 64 * 4 * [784 + 512, 512 + 512, 512 + 10].reduce(0, +)
    #expect(adapted.flops <= whole.flops - gradients + narrow)
    let optimizer = [whole, adapted].map { program in
      program.states.filter { $0.role == .optimizer }.reduce(0) { $0 + $1.byteCount }
    }
    #expect(optimizer[1] > 0 && optimizer[1] < optimizer[0] / 50)
  }

  @Test(
    "goes on with the same bits, with averages and several batches a step too", arguments: backends, kinds)
  func resume(backend: BackendChoice, lora: LoRA) throws {
    func make() throws -> Trainer {
      try trainer(lora, on: backend) {
        ($0.batchSize, $0.accumulation, $0.ema, $0.loraTrained) = (10, 2, 0.9, ["1.*"])
      }
    }
    let (whole, first, second) = try (make(), make(), make())
    try whole.run(epochs: 4)
    try first.run(epochs: 2)
    try second.resume(from: first.checkpoint(), path: "first")
    try second.run(epochs: 4)
    #expect(try whole.checkpoint() == second.checkpoint())
    #expect(whole.bestCheckpoint() == second.bestCheckpoint())
    #expect(throws: CheckpointError.self) {
      try trainer(LoRA(rank: 4, alpha: 6), on: backend) {
        ($0.batchSize, $0.accumulation, $0.ema, $0.loraTrained) = (10, 2, 0.9, ["1.*"])
      }.resume(from: first.checkpoint(), path: "first")
    }
  }

  @Test("is merged into a network that measures the same, and taken off again to the bit", arguments: kinds)
  func merging(lora: LoRA) throws {
    func check(_ model: some Layer, _ targets: [String]) throws {
      let origin = try trainer(nil, model, seed: 9) { $0.validation = .count(40) }
      try origin.run(epochs: 1)
      let adapted = try trainer(lora, model) { ($0.loraTargets, $0.validation) = (targets, .count(40)) }
      _ = try adapted.start(from: origin.checkpoint(), path: "origin")
      try adapted.run(epochs: 2)
      let best = adapted.bestCheckpoint()
      #expect(best.hasAdapters && best.tensors.keys.allSatisfy { !$0.hasPrefix("best.") })
      let merged = try best.mergingAdapters(path: "best")
      #expect(!merged.hasAdapters)
      let other = try trainer(nil, model) { $0.validation = .count(40) }
      try other.load(merged, path: "merged")
      let (found, expected) = (
        try other.evaluate(.validation), try adapted.withBestParameters { try adapted.evaluate(.validation) }
      )
      // Sums of up to some thousand terms in float32, in another order.
      #expect(abs(found.loss - expected.loss) < 2e-5 * expected.loss, "\(found.loss) and \(expected.loss)")
      #expect(found.loss != (try origin.evaluate(.validation)).loss)
      for parameter in origin.states.parameters {
        let base = best.withoutAdapters.tensors[parameter.name]
        #expect(try base == origin.backend.read(parameter))
      }
    }
    try check(FullyConnectedNet(hidden: [9], classes: 10), [])
    try check(ThreeLayerConvNet(hidden: 12, classes: 10), ["*"])
    try check(ResNet.resNet20(classes: 10), ["layer2*"])
  }

  @Test("measures its magnitudes anew where a network is loaded")
  func magnitudes() throws {
    let origin = try trainer(nil, ThreeLayerConvNet(hidden: 12, classes: 10), seed: 9)
    let adapted = try trainer(
      LoRA(rank: 2, alpha: 2, decomposed: true), ThreeLayerConvNet(hidden: 12, classes: 10))
    _ = try adapted.start(from: origin.checkpoint(), path: "origin")
    for name in ["0.weight", "3.weight"] {
      let weight = try #require(origin.checkpoint().tensors[name])
      let state = try #require(adapted.states["\(name).lora_magnitude"])
      let found = try adapted.backend.read(state).doubles
      let numbers = weight.doubles
      let (outputs, isMatrix) = (found.count, weight.shape.rank == 2)
      let inputs = numbers.count / outputs
      for output in 0..<outputs {
        let squares = (0..<inputs).map { input -> Double in
          let number = numbers[isMatrix ? input * outputs + output : output * inputs + input]
          return number * number
        }
        let norm = squares.reduce(0, +).squareRoot()
        #expect(abs(found[output] - norm) < 1e-6 * norm)
      }
    }
  }

  @Test("adapts what is called so, and refuses what is not there, or what has no such rank")
  func refusals() throws {
    func refusal(_ change: (inout TrainingSettings) -> Void) -> String {
      do {
        _ = try trainer(LoRA(rank: 3, alpha: 6)) { change(&$0) }
        return ""
      } catch { return "\(error)" }
    }
    let names = try trainer(LoRA(rank: 3, alpha: 6)) { $0.loraTargets = ["3*"] }.states.adapters.map(\.name)
    #expect(names == ["3.weight.lora_A", "3.weight.lora_B"])
    let unknown = refusal { $0.loraTargets = ["3*", "*attention*"] }
    #expect(
      unknown.contains("no weight that can be adapted is called '*attention*': there are 0.weight, 3.weight"))
    #expect(
      refusal { $0.loraTrained = ["heads.*"] }.contains("nothing is called 'heads.*', to be trained beside"))
    #expect(
      refusal { $0.lora = LoRA(rank: 11, alpha: 1) }.contains(
        "the rank is 11, but '0.weight' [784, 9] is a matrix of 784 × 9: choose from 1 to 9"))
    #expect(refusal { $0.lora = LoRA(rank: 0, alpha: 1) }.contains("is 0, but has to be from 1 to"))
    #expect(
      refusal { $0.lora = LoRA(rank: 2, alpha: -1) }.contains(
        "is -1.0, but has to be a finite number above 0"))
    #expect(refusal { ($0.lora, $0.loraTargets) = (nil, ["*"]) }.contains("'*' is for a low-rank adaptation"))

    // A frozen layer of scores for other classes would stay as it is drawn.
    var base = try trainer(nil, seed: 9).checkpoint()
    base.tensors["3.weight"] = nil
    let error = #expect(throws: CheckpointError.self) {
      try trainer(LoRA(rank: 3, alpha: 6)).start(from: base, path: "base")
    }
    #expect(error?.reason.contains("has no '3.weight', [9, 10] in this network, and") == true)
    #expect(error?.reason.contains("--lora-train '3.*'") == true)
    let fresh = try trainer(LoRA(rank: 3, alpha: 6)) { $0.loraTrained = ["3.*"] }
    #expect(try fresh.start(from: base, path: "base") == ["3.weight"])
    #expect(fresh.trainedParameters.map(\.name).contains("3.bias"))
  }

  @Test("is written as it is read")
  func texts() throws {
    for lora in [LoRA(rank: 8, alpha: 16), LoRA(rank: 1, alpha: 0.5, decomposed: true)] {
      #expect(try LoRA(lora.description) == lora)
    }
    #expect(try LoRA("rank=8") == LoRA(rank: 8, alpha: 8))
    #expect(try LoRA("alpha=2,dora,rank=4") == LoRA(rank: 4, alpha: 2, decomposed: true))
    for text in [
      "", "8", "rank=0", "rank=x", "rank=8,rank=8", "rank=8,alpha=nan", "rank=8,lora", "rank=99999999",
    ] {
      #expect(throws: LoRA.Misspelled.self) { try LoRA(text) }
    }
  }

  @Test("adapts the inputs of a recurrent layer, and language models block by block")
  func recurrence() throws {
    let states = StateStore(lora: LoRA(rank: 2, alpha: 2), targets: ["lstm.weight_ih_l1", "*qkv"])
    let pass = Pass(.training, states: states)
    _ = LSTM(8, layers: 2)(.full([3, 5, 4], 0.5), in: pass, as: "lstm")
    #expect(states.adapters.map(\.shape) == [[8, 2], [2, 32]])
    #expect(states.adaptable == ["lstm.weight_ih_l0", "lstm.weight_ih_l1"])
    let net = GPT(vocabulary: 9, context: 4, blocks: 2, heads: 2, channels: 4)
    _ = net.forward(.full([1, 4], 0, dtype: .int32), in: pass)
    #expect(states.adapters.count == 6)
  }
}
