import Devices
import Checkpoints
import Datasets
import Layers
import Models
import Optimizers
import Tensors
import Testing

@testable import Training

@Suite("What a run takes over from another")
struct BeginningTests {
  /// Classes that differ in their grey level.
  private func data(_ names: [String], level: UInt8 = 0) throws -> Dataset {
    let labels = (0..<30).map { Int32($0 % names.count) }
    let pixels = labels.flatMap { label in [UInt8](repeating: level + UInt8(label) * 80, count: 4) }
    let images = try LabeledImages(
      pixels: pixels, labels: labels, shape: ImageShape(channels: 1, height: 2, width: 2))
    return try Dataset(name: "levels", training: images, test: images, classNames: names)
  }

  private func trainer(
    _ data: Dataset, batchSize: Int = 5, model: (Int) -> any Layer = { TwoLayerNet(hidden: 6, classes: $0) },
    normalization: Normalization = .standardized
  ) throws -> Trainer {
    var settings = TrainingSettings()
    settings.batchSize = batchSize
    settings.normalization = normalization
    return try Trainer(
      model(data.classNames.count), data: data, optimizer: SGD(learningRate: 0.1), backend: .cpu,
      settings: settings, seed: 1)
  }

  private func trained(_ names: [String]) throws -> Checkpoint {
    let trainer = try trainer(data(names))
    try trainer.run(epochs: 1)
    return try trainer.checkpoint()
  }

  @Test("is the layer of scores only if the classes are the same, in the same order")
  func head() throws {
    let checkpoint = try trained(["a", "b", "c"])
    for (names, fresh) in [
      (["a", "b", "c"], []), (["a", "c", "b"], ["2.weight", "2.bias"]),
      (["a", "b", "d"], ["2.weight", "2.bias"]), (["a", "b"], ["2.weight", "2.bias"]),
    ] {
      let next = try trainer(data(names))
      let before = try next.checkpoint().tensors
      #expect(try Set(next.start(from: checkpoint, path: "net")) == Set(fresh), "\(names)")
      let after = try next.checkpoint().tensors
      #expect(after["0.weight"] == checkpoint.tensors["0.weight"])
      if !fresh.isEmpty { #expect(after["2.weight"] == before["2.weight"]) }
    }
    // A checkpoint without class names matches any classes.
    var nameless = checkpoint
    nameless.metadata["lemnos.classes"] = nil
    #expect(try trainer(data(["x", "y", "z"])).start(from: nameless, path: "net") == [])
  }

  @Test("is the layer of scores also where a model's parts lie in one another")
  func nestedHead() throws {
    for model: any Layer in [
      ResNet.resNet20(classes: 3), VGG.vgg11(classes: 3), FullyConnectedNet(hidden: [4, 4], classes: 3),
      Sequential { Sequential { Dense(3) } },
    ] {
      let trainer = try trainer(data(["a", "b", "c"]), model: { _ in model })
      let names = trainer.trainingStep.head.map(\.name)
      #expect(names == trainer.states.parameters.suffix(2).map(\.name), "\(type(of: model))")
    }
  }

  @Test("is the normalization of pixels, unless that is not wanted")
  func normalization() throws {
    let checkpoint = try trained(["a", "b"])
    let other = try data(["a", "b"], level: 90)
    for keeps in [true, false] {
      let next = try trainer(other)
      let own = try next.checkpoint().tensors["pixels.mean"]
      #expect(try next.start(from: checkpoint, path: "net", keepingNormalization: keeps) == [])
      let mean = try next.checkpoint().tensors["pixels.mean"]
      #expect(mean == (keeps ? checkpoint.tensors["pixels.mean"] : own))
      #expect(own != checkpoint.tensors["pixels.mean"])
      // Recovery after a lost device restores the initial statistics.
      #expect(next.recoveryPoint?.tensors["pixels.mean"] == mean)
    }
    // Statistics of another form cannot be used, and both of the run's own are kept.
    let next = try trainer(other, normalization: .perChannel)
    let own = try next.checkpoint().tensors
    #expect(try next.start(from: checkpoint, path: "net") == ["pixels.mean", "pixels.scale"])
    for name in ["pixels.mean", "pixels.scale"] { #expect(try next.checkpoint().tensors[name] == own[name]) }
  }

  @Test("is nothing that is broken, and nothing at all of a network that has nothing in common")
  func refusals() throws {
    var checkpoint = try trained(["a", "b"])
    let next = try trainer(data(["a", "b"]))
    let before = try next.checkpoint()
    var bias = try #require(checkpoint.tensors["0.bias"]).elements(as: Float.self)
    bias[2] = .nan
    checkpoint.tensors["0.bias"] = TensorValues(bias, shape: [6])
    let error = #expect(throws: CheckpointError.self) { try next.start(from: checkpoint, path: "net") }
    #expect(error?.reason.contains("NaN (1 of 6 numbers) in '0.bias'") == true)
    #expect(throws: CheckpointError.self) { try next.load(checkpoint, path: "net") }
    #expect(try next.checkpoint() == before)
    #expect(throws: CheckpointError.self) { try next.start(from: Checkpoint(), path: "net") }
  }

  @Test("is refused as a whole if labels would stand for other classes")
  func classes() throws {
    let checkpoint = try trained(["a", "b", "c"])
    try trainer(data(["a", "b", "c"])).load(checkpoint, path: "net")
    // If one side has no class names, classes are matched by number.
    try trainer(data(["0", "1", "2"])).load(checkpoint, path: "net")
    for (names, words) in [
      (["a", "c", "b"], "in another order"), (["a", "b", "d"], "does not know the class d"),
      (["a", "b"], "or others besides"),
    ] {
      let next = try trainer(data(names), model: { _ in TwoLayerNet(hidden: 6, classes: names.count) })
      let error = #expect(throws: CheckpointError.self) { try next.load(checkpoint, path: "net") }
      #expect(error?.reason.contains(words) == true, "\(error?.reason ?? "")")
    }
  }

  @Test("goes on only with the same images, unless others are allowed")
  func otherImages() throws {
    let first = try trainer(data(["a", "b"]))
    try first.run(epochs: 1)
    let checkpoint = try first.checkpoint()
    let same = try trainer(data(["a", "b"]))
    #expect(same.dataChange(since: checkpoint) == nil)
    try same.resume(from: checkpoint, path: "net")
    let other = try trainer(data(["a", "b"], level: 1))
    let change = try #require(other.dataChange(since: checkpoint))
    #expect(change.contains("27 images (") && change.contains("3 images ("))
    let error = #expect(throws: CheckpointError.self) { try other.resume(from: checkpoint, path: "net") }
    #expect(error?.reason.contains("--allow-changed-data") == true)
    #expect(other.step == 0)
    try other.resume(from: checkpoint, path: "net", allowingOtherData: true)
    #expect(other.step == first.step)
    // A checkpoint without a checksum gives no warning.
    var old = checkpoint
    old.metadata["lemnos.data"] = nil
    try trainer(data(["a", "b"], level: 1)).resume(from: old, path: "net")
  }

  @Test("batch normalization of batches of one image is worth a word, and of no others")
  func batchesOfOne() throws {
    func notes(_ model: any Layer, _ batchSize: Int) throws -> [String] {
      try trainer(data(["a", "b"]), batchSize: batchSize, model: { _ in model }).notes
    }
    let dense = FullyConnectedNet(hidden: [4], classes: 2, normalization: .batch)
    #expect(try notes(dense, 1).first?.contains("nothing can be learned") == true)
    #expect(try notes(ResNet.resNet20(classes: 2), 1).count == 1)
    let pixels = Sequential {
      Convolution2D(filters: 2, kernel: 1)
      BatchNorm()
      Dense(2)
    }
    #expect(try notes(pixels, 1).first?.contains("by its own pixels") == true)
    for model: any Layer in [dense, pixels] { #expect(try notes(model, 2) == []) }
    for normalization: FullyConnectedNet.Normalization in [.none, .layer] {
      #expect(
        try notes(FullyConnectedNet(hidden: [4], classes: 2, normalization: normalization), 1) == [])
    }
  }
}
