import Datasets
import Layers
import Losses
import Programs
import Tensors

/// Looks at single images and single parameters: what measurements of whole sets do not tell.
///
/// Its images are written by the host, a batch at a time, so that it needs no others on the device.
final class ModelProbe {
  /// Images at a time.
  private static let batch = 50

  private let recipe: RunRecipe
  private let backend: any Backend
  private let images: State
  private let labels: State

  init(_ recipe: RunRecipe, on backend: any Backend) {
    (self.recipe, self.backend) = (recipe, backend)
    let shape = recipe.training.shape
    images = State(
      "probe.images", [ModelProbe.batch, shape.channels, shape.height, shape.width], dtype: .uint8,
      role: .data)
    labels = State("probe.labels", [ModelProbe.batch], dtype: .int32, role: .data)
  }

  /// What the model takes images for: the class with the greatest score, its probability, and the label's loss.
  func score(_ set: LabeledImages, _ indices: Range<Int>) throws -> [(
    predicted: Int, probability: Double, loss: Double
  )] {
    let executable = try makeScoring()
    var results: [(predicted: Int, probability: Double, loss: Double)] = []
    for first in stride(from: indices.lowerBound, to: indices.upperBound, by: ModelProbe.batch) {
      let range = first..<min(first + ModelProbe.batch, indices.upperBound)
      try write(set, range)
      try executable.run(steps: 1)
      let columns = try (0..<3).map { try executable.output($0).doubles }
      for row in 0..<range.count {
        results.append((Int(columns[0][row]), columns[1][row], columns[2][row]))
      }
    }
    return results
  }

  /// The gradient of the loss for each parameter, on the first images of the training set.
  func parameterGradients() throws -> [TensorValues] {
    let executable = try makeGradients()
    try write(recipe.training.images, 0..<min(ModelProbe.batch, recipe.training.count))
    try executable.run(steps: 1)
    return try recipe.states.parameters.indices.map { try executable.output($0) }
  }

  /// Copies images to the device; the first takes the places of those that are missing in a batch.
  private func write(_ set: LabeledImages, _ range: Range<Int>) throws {
    let numbers = (0..<ModelProbe.batch).map { $0 < range.count ? range.lowerBound + $0 : range.lowerBound }
    try backend.write(
      TensorValues(bytes: numbers.flatMap { Array(set.image(at: $0)) }, shape: images.shape, dtype: .uint8),
      to: images)
    try backend.write(TensorValues(numbers.map { set.labels[$0] }, shape: labels.shape), to: labels)
  }

  private func makeScoring() throws -> any Executable {
    let pass = Pass(.evaluation, states: recipe.states, precision: recipe.settings.precision)
    let scores = recipe.model.forward(recipe.normalizer(images.value), in: pass)
    try checkScores(scores, batch: ModelProbe.batch, classes: recipe.classes)
    let predicted = scores.argmax()
    let program = try Program(
      "look at images",
      outputs: [
        ("predicted", predicted), ("probability", exp(-softmaxCrossEntropy(scores, predicted))),
        ("loss", softmaxCrossEntropy(scores, labels.value)),
      ])
    return try backend.compile(program)
  }

  private func makeGradients() throws -> any Executable {
    // As in evaluation: without dropout, and with the statistics that were learned, so that nothing is random.
    let pass = Pass(.evaluation, states: recipe.states, precision: recipe.settings.precision)
    let loss = recipe.loss(recipe.model.forward(recipe.normalizer(images.value), in: pass), labels.value)
    let parameters = recipe.states.parameters
    let gradients = Tensors.gradients(of: loss, at: parameters.map(\.value))
    let program = try Program(
      "look at gradients", outputs: zip(parameters, gradients).map { ($0.name, $1) })
    return try backend.compile(program)
  }
}
