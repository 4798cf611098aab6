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

@Suite("Models of Hugging Face's transformers")
struct TransformersGoldenTests {
  /// Fixtures/transformers: saved, and computed by PyTorch in float64, with Fixtures/make_transformers_fixtures.py.
  private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
    path: "Fixtures/transformers"
  ).path

  private struct Expected: Decodable {
    let scores: [[Double]]
    let losses: [Double]

    init(_ name: String) throws {
      self = try JSONDecoder().decode(
        Expected.self, from: Data(contentsOf: URL(fileURLWithPath: "\(fixtures)/\(name).json")))
    }
  }

  private static let backends: [BackendChoice] =
    VulkanUnderTest.missing == nil ? [.cpu, .vulkan()] : [.cpu]

  private static let (vocabulary, context, batch) = (67, 16, 3)

  private func tokens(step: Int) -> [Int32] {
    (0..<Self.batch).flatMap { row -> [Int32] in
      (0...Self.context).map { place -> Int32 in
        let sum = step * 31 + row * 17 + place * place * 5 + place
        return Int32(sum % Self.vocabulary)
      }
    }
  }

  private func compare(_ found: [Double], _ expected: [[Double]], _ what: String) {
    #expect(found.count == expected.joined().count)
    let difference = zip(found, expected.joined()).map { abs($0 - $1) }.max() ?? .infinity
    // Sums of up to 48 terms in float32, two blocks deep, of scores up to 3.
    #expect(difference < 2e-5, "\(what): scores differ by \(difference)")
  }

  /// Ten steps of AdamW from a checkpoint.
  private func losses(
    of objective: some Objective, from checkpoint: Checkpoint, _ inputs: [String: Tensor],
    batch: (Int) -> [String: any TensorFeed]
  ) throws -> [Double] {
    let session = try Session(on: .cpu)
    let states = StateStore()
    let outcome = try objective.measure(
      Batch(size: Self.batch, inputs), in: Pass(.training, states: states))
    let loss = outcome.losses.mean()
    let update = AdamW(learningRate: 0.003, weightDecay: 0.1, beta2: 0.95).minimizing(
      loss, at: states.parameters)
    let step = try session.step("train", outputs: ["loss": loss], assigning: update.assignments)
    for state in states.parameters {
      try session.set(state, to: checkpoint.values(of: state, path: "imported"))
    }
    return try (0..<10).map { number in
      try step.run(batch(number))
      return try step.output("loss").scalar
    }
  }

  private func compare(losses: [Double], _ expected: [Double]) {
    #expect(losses.count == expected.count)
    for (number, (loss, expected)) in zip(losses, expected).enumerated() {
      // float32 roundings, amplified by ten steps.
      #expect(
        abs(loss - expected) < 2e-5 * expected, "step \(number): \(loss), where \(expected) is expected")
    }
  }

  @Test("give PyTorch's scores and losses as language models", arguments: ["gpt2", "llama", "llama-tied"])
  func languageModels(name: String) throws {
    let expected = try Expected(name)
    let folder = try HuggingFaceFolder("\(Self.fixtures)/\(name)")
    let net = try folder.gpt()
    #expect(net.vocabulary == Self.vocabulary && net.context == Self.context)
    let checkpoint = try HuggingFaceModel(net).imported(folder.weights(), path: folder.path)
    let ids = tokens(step: 0)
    for backend in Self.backends {
      let model = try TrainedModel(
        from: checkpoint, path: name, inputs: [DataField("tokens", [Self.context], dtype: .int32)],
        backend: backend
      ) { batch, pass in ["scores": net.forward(batch["tokens"], in: pass)] }
      let scores = try #require(model(["tokens": Array(ids[..<Self.context])])["scores"]).doubles
      compare(scores, expected.scores, "\(name) on \(model.backendReason)")
    }
    let inputs = ["tokens": Tensor.input("tokens", [Self.batch, Self.context + 1], dtype: .int32)]
    compare(
      losses: try losses(of: LanguageModeling(net), from: checkpoint, inputs) {
        ["tokens": tokens(step: $0)]
      },
      expected.losses)
  }

  /// Images [3, 3, 8, 8] that look like chance.
  private func images(step: Int) -> [Float] {
    (0..<Self.batch * 192).map { index -> Float in
      let remainder = (index * 7919 + step * 104_729) % 2003
      return Float(Double(remainder) / 1001.5 - 1)
    }
  }

  @Test("give PyTorch's scores and losses as classifiers of images")
  func imageModels() throws {
    let expected = try Expected("vit")
    let folder = try HuggingFaceFolder("\(Self.fixtures)/vit")
    let (net, image) = (try folder.vit(), try folder.imageShape())
    #expect(net.pooling == .classToken && image == ImageShape(channels: 3, height: 8, width: 8))
    #expect(try folder.classNames() == ["ant", "bee", "cat", "dog", "eel"])
    #expect(
      try folder.normalization()
        == ChannelNormalization(mean: [0.5, 0.4, 0.3], deviation: [0.25, 0.5, 0.2]))
    let theirs = try HuggingFaceModel(net, image: image, classNames: folder.classNames())
    let checkpoint = try theirs.imported(folder.weights(), path: folder.path)
    for backend in Self.backends {
      let model = try TrainedModel(
        from: checkpoint, path: "vit", inputs: [DataField("images", [3, 8, 8])], backend: backend
      ) { batch, pass in ["scores": net.forward(batch["images"], in: pass)] }
      let scores = try #require(model(["images": images(step: 0)])["scores"]).doubles
      compare(scores, expected.scores, "vit on \(model.backendReason)")
    }
    let inputs = [
      "images": Tensor.input("images", [Self.batch, 3, 8, 8]),
      "labels": Tensor.input("labels", [Self.batch], dtype: .int32),
    ]
    compare(
      losses: try losses(of: Classification(net, classes: 5), from: checkpoint, inputs) { step in
        ["images": images(step: step), "labels": (0..<Self.batch).map { Int32((step + $0) % 5) }]
      }, expected.losses)

    let normalized = try theirs.imported(
      folder.weights(), normalization: #require(try folder.normalization()), path: folder.path)
    let written = try TemporaryFolder()
    try theirs.write(normalized, to: written.path)
    let again = try HuggingFaceFolder(written.path)
    #expect(try again.weights().tensors == folder.weights().tensors)
    #expect(try again.classNames() == folder.classNames() && again.imageShape() == image)
    #expect(
      try theirs.imported(
        again.weights(), normalization: #require(try again.normalization()), path: again.path) == normalized)
  }

  @Test("give PyTorch's scores and losses as classifiers of texts, of which some are shorter")
  func textModels() throws {
    let expected = try Expected("bert")
    let folder = try HuggingFaceFolder("\(Self.fixtures)/bert")
    let net = try folder.bert()
    #expect(try folder.classNames() == ["bad", "fair", "good"])
    let theirs = HuggingFaceModel(net, classNames: try folder.classNames())
    let checkpoint = try theirs.imported(folder.weights(), path: folder.path)
    let lengths: [Int32] = [16, 9, 1]
    /// The first of each row's tokens.
    func ids(_ step: Int) -> [Int32] {
      tokens(step: step).enumerated().filter { $0.offset % (Self.context + 1) < Self.context }.map(\.element)
    }
    for backend in Self.backends {
      let model = try TrainedModel(
        from: checkpoint, path: "bert",
        inputs: [
          DataField("tokens", [Self.context], dtype: .int32), DataField("lengths", [], dtype: .int32),
        ], backend: backend
      ) { batch, pass in ["scores": net.forward(batch["tokens"], lengths: batch["lengths"], in: pass)] }
      let scores = try #require(model(["tokens": ids(0), "lengths": lengths])["scores"]).doubles
      compare(scores, expected.scores, "bert on \(model.backendReason)")
    }
    let inputs = [
      "tokens": Tensor.input("tokens", [Self.batch, Self.context], dtype: .int32),
      "lengths": Tensor.input("lengths", [Self.batch], dtype: .int32),
      "labels": Tensor.input("labels", [Self.batch], dtype: .int32),
    ]
    let objective = Classification(classes: 3) { batch, pass in
      net.forward(batch["tokens"], lengths: batch["lengths"], in: pass)
    }
    compare(
      losses: try losses(of: objective, from: checkpoint, inputs) { step in
        [
          "tokens": ids(step), "lengths": lengths,
          "labels": (0..<Self.batch).map { Int32((step + $0) % 3) },
        ]
      }, expected.losses)

    let written = try TemporaryFolder()
    try theirs.write(checkpoint, to: written.path)
    let again = try HuggingFaceFolder(written.path)
    #expect(try again.weights().tensors == folder.weights().tensors)
    #expect(
      try HuggingFaceModel(again.bert(), classNames: again.classNames()).imported(
        again.weights(), path: again.path) == checkpoint)
  }

  @Test(
    "are written as they were read, to the bit, by the same names",
    arguments: ["gpt2", "llama", "llama-tied"])
  func roundTrip(name: String) throws {
    let folder = try HuggingFaceFolder("\(Self.fixtures)/\(name)")
    let model = try HuggingFaceModel(folder.gpt())
    let weights = try folder.weights()
    let checkpoint = try model.imported(weights, path: folder.path)
    let written = try TemporaryFolder()
    try model.write(checkpoint, to: written.path)
    let again = try HuggingFaceFolder(written.path)
    #expect(again.modelType == folder.modelType)
    // Numbers of 16 bits are written as float32, each exactly.
    let widened = weights.tensors.mapValues {
      TensorValues(converting: $0.doubles, shape: $0.shape, to: .float32)
    }
    #expect(try again.weights().tensors == widened)
    #expect(try HuggingFaceModel(again.gpt()).imported(again.weights(), path: again.path) == checkpoint)
  }

  @Test("may leave out what precedes the names of the body, and hold what older versions saved besides")
  func names() throws {
    let folder = try HuggingFaceFolder("\(Self.fixtures)/gpt2")
    let model = try HuggingFaceModel(folder.gpt())
    let weights = try folder.weights()
    let whole = try model.imported(weights, path: "gpt2")
    var bare = Checkpoint()
    for (name, values) in weights.tensors {
      bare.tensors[String(name.dropFirst("transformer.".count))] = values
    }
    bare.tensors["lm_head.weight"] = weights.tensors["transformer.wte.weight"]
    #expect(try model.imported(bare, path: "gpt2") == whole)
    bare.tensors["h.0.attn.bias"] = TensorValues([UInt8](repeating: 1, count: 4), shape: [1, 1, 2, 2])
    let saved = try TemporaryFolder()
    try bare.write(to: "\(saved.path)/model.safetensors")
    try FileManager.default.copyItem(
      atPath: "\(folder.path)/config.json", toPath: "\(saved.path)/config.json")
    let read = try HuggingFaceFolder(saved.path).weights()
    #expect(read.tensors["h.0.attn.bias"] == nil && read.tensors.count == bare.tensors.count - 1)
    bare.tensors["lm_head.weight"] = weights.tensors["transformer.wte.weight"].map {
      TensorValues([Float](repeating: 1, count: $0.shape.count), shape: $0.shape)
    }
    bare.tensors["h.0.attn.bias"] = nil
    #expect(throws: ExchangeError.self) { try model.imported(bare, path: "gpt2") }
  }

  @Test("are written with zeros for biases that a network without any lacks")
  func zeros() throws {
    let net = GPT(vocabulary: 9, context: 4, blocks: 1, heads: 2, channels: 4, bias: false)
    let states = StateStore()
    _ = net.forward(.full([1, 4], 0, dtype: .int32), in: Pass(.evaluation, states: states))
    let own = Checkpoint(
      tensors: Dictionary(
        uniqueKeysWithValues: states.states.map { ($0.name, $0.initial.values(for: $0, seed: 7)) }))
    let theirs = try HuggingFaceModel(net).exported(own)
    let biases = theirs.tensors.filter { $0.key.hasSuffix(".bias") }
    #expect(biases.count == 7 && biases.values.allSatisfy { $0.doubles.allSatisfy { $0 == 0 } })
    let withBiases = GPT(vocabulary: 9, context: 4, blocks: 1, heads: 2, channels: 4)
    let back = try HuggingFaceModel(withBiases).imported(theirs, path: "zeros")
    #expect(own.tensors.allSatisfy { back.tensors[$0.key] == $0.value })
  }
}
