import Diagnostics
import Devices
import Checkpoints
import Datasets
import Layers
import Losses
import Models
import Optimizers
import Execution
import Programs
import Tensors
import TestSupport
import Testing

@testable import Training

/// The logarithm of its input: NaN for negative elements.
private struct LogLayer: Layer {
  func forward(_ x: Tensor, in pass: Pass) -> Tensor { log(x) }
}

/// Adds the square root of a learned vector that starts at zero: after one step its gradient is infinite.
private struct RootLayer: Layer {
  func forward(_ x: Tensor, in pass: Pass) -> Tensor { x + sqrt(pass.bias("square", [x.shape[1]])) }
}

/// Multiplies by a constant.
private struct Scaled: Layer {
  let factor: Double
  init(_ factor: Double) { self.factor = factor }
  func forward(_ x: Tensor, in pass: Pass) -> Tensor { x * factor }
}

/// Masks the first unit with a score of -infinity, and uses the rest twice.
private struct Masked: Layer {
  func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    let isFirst = Tensor.indices(x.shape[1]) .== Tensor(0, dtype: .int32)
    let masked = select(isFirst.broadcast(to: x.shape), Tensor.full(x.shape, -.infinity), x)
    let shifted = exp(masked - masked.max([1], keepingAxes: true))
    return shifted / shifted.sum([1], keepingAxes: true)
  }
}

@Suite("Looking for anomalies", .serialized)
struct AnomalyTests {
  private static let backends: [BackendChoice] =
    [.cpu, .reference] + (VulkanUnderTest.missing == nil ? [.vulkan()] : [])

  private func trainer(
    _ model: some Layer, on backend: BackendChoice, optimizer: any Optimizer = Momentum(learningRate: 0.01),
    watched: Bool = true, change: (inout TrainingSettings) -> Void = { _ in }
  ) throws -> Trainer {
    var settings = TrainingSettings()
    settings.batchSize = 10
    settings.trainingSamples = 60
    settings.detectsAnomalies = watched
    change(&settings)
    return try Trainer(
      model, data: .bundled(), optimizer: optimizer, backend: backend, settings: settings, seed: 3)
  }

  /// The anomaly that stops a run, and its step.
  private func anomaly(in trainer: Trainer, epochs: Int = 2) throws -> (anomaly: Anomaly, step: Int) {
    do {
      try trainer.run(epochs: epochs)
    } catch TrainingError.anomaly(let anomaly, let epoch, let step) {
      #expect(epoch == (step - 1) / trainer.stepsPerEpoch + 1)
      return (anomaly, step)
    }
    throw Absent()
  }

  private struct Absent: Error {}

  @Test("names the operation that made a NaN, its layer, its line and what it took", arguments: backends)
  func forward(backend: BackendChoice) throws {
    let model = Sequential {
      Dense(12)
      LogLayer()
      Dense(10)
    }
    let (anomaly, step) = try anomaly(in: trainer(model, on: backend))
    guard case .operation("log", let operands) = anomaly.cause else {
      Issue.record("\(anomaly)")
      return
    }
    #expect(operands.count == 1 && operands[0] < 0)
    #expect(anomaly.value.isNaN && anomaly.phase == "forward" && anomaly.subject == "1 (LogLayer)")
    #expect(anomaly.type == "float32[10, 12]" && anomaly.element.count == 2 && step == 1)
    #expect(anomaly.location.hasPrefix("TrainingTests/AnomalyTests.swift:"))
    let sentence = TrainingError.anomaly(anomaly, epoch: 1, step: 1).description
    #expect(
      sentence.hasPrefix("in step 1 (epoch 1) log(-") && sentence.contains("forward pass of 1 (LogLayer)"))
    #expect(sentence.hasSuffix("keep what it is taken of above 0, for instance by maximum(x, 1e-6)"))
  }

  @Test("names the gradient that is infinite where the forward pass is fine", arguments: backends)
  func backward(backend: BackendChoice) throws {
    let model = Sequential {
      Dense(12)
      RootLayer()
      ReLU()
      Dense(10)
    }
    let (anomaly, step) = try anomaly(in: trainer(model, on: backend))
    guard case .operation("divide", let operands) = anomaly.cause else {
      Issue.record("\(anomaly)")
      return
    }
    #expect(operands.count == 2 && operands[1] == 0 && !anomaly.value.isFinite)
    #expect(anomaly.phase == "backward" && anomaly.subject == "1 (RootLayer)" && step == 1)
    #expect(anomaly.location.hasPrefix("TrainingTests/AnomalyTests.swift:"))
  }

  @Test("names the update that overflows", arguments: backends)
  func update(backend: BackendChoice) throws {
    let model = Sequential {
      Dense(10)
      Scaled(1e6)
    }
    let (anomaly, step) = try anomaly(in: trainer(model, on: backend, optimizer: SGD(learningRate: 1e36)))
    #expect(anomaly.cause.name == "multiply" && anomaly.value.isInfinite)
    #expect(anomaly.phase == "update" && anomaly.subject.hasPrefix("0.") && step == 1, "\(anomaly)")
  }

  @Test("names the product that overflows in the next step", arguments: backends)
  func nextStep(backend: BackendChoice) throws {
    let model = TwoLayerNet(hidden: 16, classes: 10)
    let (anomaly, step) = try anomaly(in: trainer(model, on: backend, optimizer: SGD(learningRate: 1e28)))
    #expect(anomaly.cause.name == "matmul" && anomaly.phase == "forward", "\(anomaly)")
    #expect(anomaly.subject == "2 (Dense)" && step == 2, "\(anomaly)")
    #expect(anomaly.location.hasPrefix("Layers/Dense.swift:"))
  }

  @Test("says what held a NaN before", arguments: backends)
  func before(backend: BackendChoice) throws {
    let trainer = try trainer(TwoLayerNet(hidden: 16, classes: 10), on: backend)
    try trainer.advance(2)
    let weight = try #require(trainer.states["2.weight"])
    var numbers: [Float] = try trainer.backend.read(weight).elements()
    numbers[23] = .nan
    try trainer.backend.write(TensorValues(numbers, shape: weight.shape), to: weight)
    let (anomaly, step) = try anomaly(in: trainer)
    #expect(anomaly.cause == .state("2.weight") && anomaly.element == [2, 3] && step == 3)
    #expect("\(anomaly)".hasPrefix("the state '2.weight' held NaN before the step: element [2, 3] of"))
  }

  @Test(
    "changes no bit of a healthy run", arguments: backends,
    [DataResidency.resident, .streamed])
  func healthy(backend: BackendChoice, residency: DataResidency) throws {
    let model = FullyConnectedNet(hidden: [23, 17], classes: 10, normalization: .batch, dropout: 0.3)
    let runs = try [false, true].map { watched in
      try trainer(model, on: backend, optimizer: Adam(), watched: watched) {
        $0.dataResidency = residency
        $0.clipNorm = 1
        $0.regularization = 1e-3
        $0.augmentation = Augmentation(horizontalFlip: true, shift: 1)
      }
    }
    for run in runs { try run.run(epochs: 2) }
    #expect(runs[0].history.losses == runs[1].history.losses)
    #expect(try runs[0].checkpoint().tensors == runs[1].checkpoint().tensors)
  }

  @Test("leaves infinities alone that are written in the model", arguments: backends)
  func byDesign(backend: BackendChoice) throws {
    let model = Sequential {
      Dense(12)
      Masked()
      Dense(10)
    }
    let trainer = try trainer(model, on: backend)
    try trainer.run(epochs: 1)
    #expect(!trainer.history.losses.contains { !$0.isFinite })
  }

  @Test("leaves gradients to the loss scale that skips their steps, but not activations", arguments: backends)
  func lossScaling(backend: BackendChoice) throws {
    let skipping = try trainer(TwoLayerNet(hidden: 16, classes: 10), on: backend) {
      $0.precision = .float16
      $0.lossScaling.initialScale = 0x1p100
    }
    try skipping.advance(5)
    #expect(try skipping.lossScale()?.skippedSteps == 5)
    let model = Sequential {
      Dense(12)
      Scaled(1e7)
      Dense(10)
    }
    let (anomaly, _) = try anomaly(in: trainer(model, on: backend) { $0.precision = .float16 })
    #expect(anomaly.cause.name == "rounded(fp16)" && anomaly.phase == "forward", "\(anomaly)")
    #expect(TrainingError.anomaly(anomaly, epoch: 1, step: 1).description.contains("65504"))
  }
}

extension Anomaly.Cause {
  fileprivate var name: String? { if case .operation(let name, _) = self { name } else { nil } }
}
