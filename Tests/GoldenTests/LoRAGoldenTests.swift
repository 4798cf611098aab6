import Checkpoints
import Datasets
import Devices
import Exchange
import Foundation
import Layers
import Models
import Optimizers
import Sessions
import Tensors
import TestSupport
import Testing
import Training

@Suite("Adapters of Hugging Face's PEFT")
struct LoRAGoldenTests {
  /// Fixtures/lora: saved by PEFT, and computed by PyTorch in float64, with Fixtures/make_lora_fixtures.py.
  private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
    path: "Fixtures"
  ).path

  private struct Expected: Decodable {
    let scores: [[Double]]
    let losses: [Double]

    init(_ name: String) throws {
      let url = URL(fileURLWithPath: "\(fixtures)/lora/\(name).json")
      self = try JSONDecoder().decode(Expected.self, from: Data(contentsOf: url))
    }
  }

  private static let backends: [BackendChoice] =
    VulkanUnderTest.missing == nil ? [.cpu, .vulkan()] : [.cpu]

  private static let (vocabulary, context, batch) = (67, 16, 3)

  private static func tokens(step: Int) -> [Int32] {
    (0..<batch).flatMap { row -> [Int32] in
      (0...context).map { place -> Int32 in
        let sum = step * 31 + row * 17 + place * place * 5 + place
        return Int32(sum % vocabulary)
      }
    }
  }

  /// Images [3, 3, 8, 8] that look like chance.
  private static func images(step: Int) -> [Float] {
    (0..<batch * 192).map { index -> Float in
      let remainder = (index * 7919 + step * 104_729) % 2003
      return Float(Double(remainder) / 1001.5 - 1)
    }
  }

  /// A network of transformers with adapters of PEFT's.
  private struct Adapted {
    let model: HuggingFaceModel
    let base: Checkpoint
    let checkpoint: Checkpoint
    let folder: PEFTFolder
    /// The scores of the first batch.
    let scores: (Checkpoint, BackendChoice) throws -> [Double]
    let objective: any Objective
    let inputs: [String: Tensor]
    let batch: (Int) -> [String: any TensorFeed]

    init(_ name: String) throws {
      let network = try #require(name.split(separator: "-").first.map(String.init))
      let theirs = try HuggingFaceFolder("\(fixtures)/transformers/\(network)")
      let (batch, context) = (LoRAGoldenTests.batch, LoRAGoldenTests.context)
      switch network {
      case "vit":
        let (net, names) = (try theirs.vit(), try theirs.classNames())
        model = try HuggingFaceModel(net, image: theirs.imageShape(), classNames: names)
        scores = { checkpoint, backend in
          let model = try TrainedModel(
            from: checkpoint, path: name, inputs: [DataField("images", [3, 8, 8])], backend: backend
          ) { batch, pass in ["scores": net.forward(batch["images"], in: pass)] }
          return try #require(model(["images": images(step: 0)])["scores"]).doubles
        }
        objective = Classification(net, classes: names.count)
        inputs = [
          "images": .input("images", [batch, 3, 8, 8]), "labels": .input("labels", [batch], dtype: .int32),
        ]
        self.batch = { step in
          ["images": images(step: step), "labels": (0..<batch).map { Int32((step + $0) % 5) }]
        }
      case "bert":
        let net = try theirs.bert()
        model = HuggingFaceModel(net, classNames: try theirs.classNames())
        scores = { checkpoint, backend in
          let model = try TrainedModel(
            from: checkpoint, path: name,
            inputs: [
              DataField("tokens", [context], dtype: .int32), DataField("lengths", [], dtype: .int32),
            ], backend: backend
          ) { batch, pass in ["scores": net.forward(batch["tokens"], lengths: batch["lengths"], in: pass)] }
          let ids = tokens(step: 0).enumerated().filter { $0.offset % (context + 1) < context }.map(\.element)
          return try #require(model(["tokens": ids, "lengths": [16, 9, 1] as [Int32]])["scores"]).doubles
        }
        objective = Classification(net, classes: 3)
        inputs = [:]
        self.batch = { _ in [:] }
      default:
        let net = try theirs.gpt()
        model = try HuggingFaceModel(net)
        scores = { checkpoint, backend in
          let model = try TrainedModel(
            from: checkpoint, path: name, inputs: [DataField("tokens", [context], dtype: .int32)],
            backend: backend
          ) { batch, pass in ["scores": net.forward(batch["tokens"], in: pass)] }
          return try #require(model(["tokens": Array(tokens(step: 0)[..<context])])["scores"]).doubles
        }
        objective = LanguageModeling(net)
        inputs = ["tokens": .input("tokens", [batch, context + 1], dtype: .int32)]
        self.batch = { ["tokens": tokens(step: $0)] }
      }
      base = try model.imported(theirs.weights(), path: theirs.path)
      folder = try PEFTFolder("\(fixtures)/lora/\(name)")
      checkpoint = try model.imported(folder, on: base, path: "base")
    }
  }

  private static let all = ["gpt2", "gpt2-dora", "vit", "vit-dora", "bert-dora", "llama"]

  @Test("give PEFT's scores, merged into their network", arguments: all)
  func scores(name: String) throws {
    let (adapted, expected) = (try Adapted(name), try Expected(name))
    let merged = try adapted.checkpoint.mergingAdapters(path: name)
    for backend in Self.backends {
      let found = try adapted.scores(merged, backend)
      #expect(found.count == expected.scores.joined().count)
      let difference = zip(found, expected.scores.joined()).map { abs($0 - $1) }.max() ?? .infinity
      // Sums of up to 48 terms in float32, two blocks deep, of scores up to 3.
      #expect(difference < 2e-5, "\(name): scores differ by \(difference)")
      let plain = try adapted.scores(adapted.base, backend)
      #expect(zip(plain, found).contains { abs($0 - $1) > 0.05 })
    }
  }

  /// Queries, keys and values are one weight here, of which PEFT adapts some, so those train alike that have all or none.
  @Test(
    "train as PEFT trains them, beside weights that stay as they are",
    arguments: ["gpt2", "gpt2-dora", "vit", "vit-dora"])
  func losses(name: String) throws {
    let (adapted, expected) = (try Adapted(name), try Expected(name).losses)
    let lora = try #require(try adapted.checkpoint.adaptation(path: name))
    for backend in Self.backends {
      let session = try Session(on: backend)
      let states = StateStore(lora: lora, targets: adapted.checkpoint.adaptedWeights)
      let outcome = try adapted.objective.measure(
        Batch(size: Self.batch, adapted.inputs), in: Pass(.training, states: states))
      let loss = outcome.losses.mean()
      // PEFT's modules_to_save.
      let head = name == "vit" ? states.parameters.filter { $0.name.hasPrefix("head.") } : []
      let update = AdamW(learningRate: 0.003, weightDecay: 0.1, beta2: 0.95).minimizing(
        loss, at: states.adapters + head)
      let step = try session.step("train", outputs: ["loss": loss], assigning: update.assignments)
      for state in states.parameters {
        try session.set(state, to: adapted.checkpoint.values(of: state, path: name))
      }
      #expect(expected.count == 10)
      for (number, expected) in expected.enumerated() {
        try step.run(adapted.batch(number))
        let loss = try step.output("loss").scalar
        // float32 roundings, amplified by ten steps.
        #expect(
          abs(loss - expected) < 2e-5 * expected, "step \(number): \(loss), where \(expected) is expected")
      }
    }
  }

  @Test("are written as they were read, to the bit, by the same names", arguments: all)
  func roundTrip(name: String) throws {
    let adapted = try Adapted(name)
    let written = try TemporaryFolder()
    try adapted.model.writeAdapters(of: adapted.checkpoint, to: written.path) {
      ["vit", "bert-dora"].contains(name) && $0.hasPrefix("head.")
    }
    let folder = try PEFTFolder(written.path)
    // Of bert and llama one weight has more ranks than there, since it has the adapters of several modules.
    #expect(try adapted.model.imported(folder, on: adapted.base, path: "base") == adapted.checkpoint)
    let file = "adapter_model.safetensors"
    let (theirs, ours) = try (
      Checkpoint(contentsOf: "\(Self.fixtures)/lora/\(name)/\(file)"),
      Checkpoint(contentsOf: "\(written.path)/\(file)")
    )
    // Where some of a weight's modules have no adapter there, they have one of zeros here, and A has the rows of all.
    if ["gpt2", "gpt2-dora", "vit", "vit-dora"].contains(name) {
      #expect(ours.tensors == theirs.tensors)
    } else {
      #expect(Set(theirs.tensors.keys).isSubset(of: ours.tensors.keys))
    }
  }

  @Test("are refused with what is missing, unknown, of another shape or another kind")
  func refusals() throws {
    let adapted = try Adapted("gpt2")
    let source = "\(Self.fixtures)/lora/gpt2"
    let folder = try TemporaryFolder()
    let path = folder.path(of: "adapter_model.safetensors")
    let config = String(
      decoding: try Data(contentsOf: URL(fileURLWithPath: "\(source)/adapter_config.json")), as: UTF8.self)
    let whole = try Checkpoint(contentsOf: "\(source)/adapter_model.safetensors")
    func refusal(_ change: (inout Checkpoint) -> Void, config edit: (String) -> String = { $0 }) throws
      -> String
    {
      var changed = whole
      change(&changed)
      try changed.write(to: path)
      try folder.write(edit(config).utf8, as: "adapter_config.json")
      do {
        _ = try adapted.model.imported(PEFTFolder(folder.path), on: adapted.base, path: "base.safetensors")
        return ""
      } catch { return "\(error)" }
    }
    let module = "base_model.model.transformer.h.0.attn.c_attn"
    #expect(try refusal { _ in } == "")
    let torn = try refusal { $0.tensors["\(module).lora_B.weight"] = nil }
    #expect(torn.contains("of '\(module).lora_A.weight' and '\(module).lora_B.weight' it has only one"))
    let unknown = try refusal {
      $0.tensors["base_model.model.transformer.h.2.attn.c_attn.lora_A.weight"] =
        $0.tensors["\(module).lora_A.weight"]
    }
    #expect(
      unknown.contains(
        "there is 'base_model.model.transformer.h.2.attn.c_attn.lora_A.weight' in it, which is beside nothing"
      ))
    let other = try refusal {
      $0.tensors["\(module).lora_A.weight"] = TensorValues([Float](repeating: 0, count: 99), shape: [3, 33])
    }
    #expect(other.contains("as float32[3, 33], but beside base.safetensors that is [3, 32]"))
    let broken = try refusal {
      $0.tensors["\(module).lora_A.weight"] = TensorValues(
        [Float](repeating: .nan, count: 96), shape: [3, 32])
    }
    #expect(broken.contains("NaN (96 of 96 numbers)"))
    let kind = try refusal({ _ in }, config: { $0.replacing("\"LORA\"", with: "\"ADALORA\"") })
    #expect(kind.contains("'peft_type' is 'ADALORA', but has to be 'LORA'"))
    let rank = try refusal({ _ in }, config: { $0.replacing("\"r\": 3", with: "\"r\": 4") })
    #expect(rank.contains("as float32[3, 32], but beside base.safetensors that is [4, 32]"))
    let scaled = try refusal(
      { _ in }, config: { $0.replacing("\"use_rslora\": false", with: "\"use_rslora\": true") })
    #expect(scaled.contains("'use_rslora' is true, but has to be false"))
    let dora = try refusal(
      { _ in }, config: { $0.replacing("\"use_dora\": false", with: "\"use_dora\": true") })
    #expect(dora.contains("it has no '\(module).lora_magnitude_vector'"))
  }
}
