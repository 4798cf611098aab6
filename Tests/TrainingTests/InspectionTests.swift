import Devices
import Datasets
import Glibc
import Layers
import Models
import Optimizers
import Execution
import Programs
import Tensors
import TestSupport
import Testing

@testable import Training

private let backends: [BackendChoice] = VulkanUnderTest.missing == nil ? [.cpu, .vulkan()] : [.cpu]

@Suite("Looking at a model")
struct InspectionTests {
  private func trainer(on backend: BackendChoice) throws -> Trainer {
    var settings = TrainingSettings()
    settings.batchSize = 20
    settings.trainingSamples = 400
    settings.validation = .count(130)  // not a multiple of the batch size
    return try Trainer(
      ThreeLayerConvNet(filters: 4, kernel: 3, hidden: 12, classes: 10), data: .bundled(),
      optimizer: Momentum(learningRate: 0.01), backend: backend, settings: settings, seed: 3)
  }

  @Test("counts every image once, and finds what measuring finds", arguments: backends)
  func confusion(_ backend: BackendChoice) throws {
    let trainer = try trainer(on: backend)
    try trainer.advance(20)
    let before = try trainer.checkpoint()
    let inspection = try trainer.inspect(.validation, mistakes: 7)
    let measured = try trainer.evaluate(.validation)
    #expect(inspection.count == 130 && measured.count == 130)
    #expect(inspection.confusion.joined().reduce(0, +) == 130)
    let labels = try trainer.images(.validation).labels
    for (label, row) in inspection.confusion.enumerated() {
      #expect(row.reduce(0, +) == labels.filter { Int($0) == label }.count)
    }
    let right = inspection.confusion.indices.reduce(0) { $0 + inspection.confusion[$1][$1] }
    #expect(abs(Double(right) / 130 - measured.accuracy) < 1e-9)
    #expect(inspection.mistakes.count == min(7, 130 - right))
    for (worse, better) in zip(inspection.mistakes, inspection.mistakes.dropFirst()) {
      #expect(worse.loss >= better.loss)
    }
    for mistake in inspection.mistakes {
      #expect(mistake.label == Int(labels[mistake.image]) && mistake.predicted != mistake.label)
      // The label's probability is at most 1 minus the predicted class's.
      #expect(mistake.loss >= -Glibc.log(1 - mistake.probability) - 1e-4)
    }
    // Inspection does not change the state.
    #expect(try trainer.checkpoint() == before)
  }

  @Test("sees the numbers of parameters, and gradients that lower the loss", arguments: backends)
  func statistics(_ backend: BackendChoice) throws {
    let trainer = try trainer(on: backend)
    let parameters = try trainer.parameterStatistics()
    #expect(parameters.map(\.name) == trainer.states.parameters.map(\.name))
    for (parameter, state) in zip(parameters, trainer.states.parameters) {
      #expect(parameter.values.count == state.shape.count)
      let gradients = try #require(parameter.gradients)
      #expect(gradients.count == state.shape.count && gradients.sumOfSquares > 0, "\(parameter.name)")
    }
    // Biases start at 0, weights do not.
    #expect(parameters.filter { $0.name.hasSuffix("bias") }.allSatisfy { $0.values.greatest == 0 })
    #expect(parameters.filter { $0.name.hasSuffix("weight") }.allSatisfy { $0.values.sumOfSquares > 0 })
  }
}

@Suite("A histogram")
struct HistogramTests {
  @Test("puts the least number in the first range and the greatest in the last")
  func ranges() {
    let histogram = Histogram(of: [0, 1, 2, 3, 4, 5, 6, 7, 8, 8], bins: 4)
    #expect(histogram.counts == [2, 2, 2, 4])
    #expect((histogram.least, histogram.greatest) == (0, 8))
    #expect(histogram.count == 10 && histogram.sum == 44 && histogram.sumOfSquares == 268)
  }

  @Test("leaves out what is no number, and needs no spread")
  func edges() {
    let odd = Histogram(of: [.nan, 3, .infinity, 3, -.infinity], bins: 3)
    #expect(odd.count == 2 && odd.least == 3 && odd.greatest == 3 && odd.counts == [2, 0, 0])
    let none = Histogram(of: [], bins: 2)
    #expect(none.count == 0 && none.counts == [0, 0])
    // Their difference overflows float32.
    let wide = Histogram(of: [-.greatestFiniteMagnitude, .greatestFiniteMagnitude], bins: 2)
    #expect(wide.counts.reduce(0, +) == 2)
  }
}

@Suite("Names of what is left as it is")
struct FrozenTests {
  @Test(
    "may have * for anything, at any place",
    arguments: [
      ("0.weight", "0.weight", true), ("0.weight", "0.weigh", false), ("0.weight", "0.*", true),
      ("10.weight", "0.*", false), ("layer1.0.conv1.weight", "layer*.weight", true),
      ("layer1.0.conv1.weight", "*conv1*", true), ("layer1.0.conv1.weight", "*.bias", false),
      ("a", "*", true), ("ab", "a*b", true), ("a", "a*a", false), ("aXbXc", "a*b*c", true),
      ("aXbX", "a*b*c", false), ("aaa", "a*a*a", true), ("aa", "a*a*a", false),
    ])
  func patterns(name: String, pattern: String, matches: Bool) {
    #expect(NamePattern(pattern).matches(name) == matches)
  }
}
