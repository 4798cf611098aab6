import Datasets
import Execution
import Programs
import Tensors

/// Evaluates single examples and parameters, for inspection.
///
/// The host writes its examples, one batch at a time, so it needs no resident data.
final class ModelProbe {
  /// Examples per batch.
  private static let batch = 50

  private let recipe: RunRecipe
  private let backend: any Backend
  /// One per field.
  private let inputs: [State]

  init(_ recipe: RunRecipe, on backend: any Backend) {
    (self.recipe, self.backend) = (recipe, backend)
    inputs = recipe.training.fields.map { field in
      State(
        "probe.\(field.name)", Shape([ModelProbe.batch] + field.shape.dimensions), dtype: field.dtype,
        role: .data)
    }
  }

  /// The model's prediction for each example: the class with the maximum score, its probability, and the
  /// label's loss.
  func score(_ set: ExampleSet, _ indices: Range<Int>) throws -> [(
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

  /// The parameters that are looked at: all, or beside adapters those that are trained.
  private var parameters: [State] {
    let frozen = Frozen(recipe.settings)
    return recipe.states.parameters.filter { recipe.settings.lora == nil || !frozen.contains($0) }
  }

  /// The gradient of the loss for each parameter that is trained, on the first training images; of a run without adapters
  /// for all.
  func parameterGradients() throws -> [TensorValues] {
    let executable = try makeGradients()
    try write(recipe.training, 0..<min(ModelProbe.batch, recipe.training.count))
    try executable.run(steps: 1)
    return try parameters.indices.map { try executable.output($0) }
  }

  /// Copies examples to the device; the first one fills up an incomplete batch.
  private func write(_ set: ExampleSet, _ range: Range<Int>) throws {
    let numbers = (0..<ModelProbe.batch).map { $0 < range.count ? range.lowerBound + $0 : range.lowerBound }
    let values = try set.source.values(ofRows: numbers)
    for (state, field) in zip(inputs, set.fields) {
      guard let values = values[field.name] else { continue }
      try backend.write(values, to: state)
    }
  }

  /// In evaluation mode: without dropout, and with running statistics, so that nothing is random.
  private func measure() throws -> Outcome {
    let fields = zip(recipe.training.fields, inputs).map { ($0.name, $1.value) }
    let batch = Batch(size: ModelProbe.batch, Dictionary(fields, uniquingKeysWith: { first, _ in first }))
    let pass = Pass(.evaluation, states: recipe.states, precision: recipe.settings.precision)
    return try recipe.objective.measure(
      recipe.preparation(batch, mode: .evaluation, random: nil), in: pass)
  }

  private func makeScoring() throws -> any Executable {
    guard let objective = recipe.objective as? Classification,
      let label = recipe.training.fields.firstIndex(where: { $0.name == objective.label }),
      let scores = try measure().outputs.first(where: { $0.name == "scores" })?.value
    else { throw TrainingError.setting("mistakes are those of a classification") }
    let predicted = scores.argmax()
    let program = try Program(
      "look at images",
      outputs: [
        ("predicted", predicted), ("probability", exp(-softmaxCrossEntropy(scores, predicted))),
        ("loss", softmaxCrossEntropy(scores, inputs[label].value)),
      ])
    return try backend.compile(program)
  }

  private func makeGradients() throws -> any Executable {
    let parameters = parameters
    let gradients = Tensors.gradients(of: try measure().loss, at: parameters.map(\.value))
    let program = try Program(
      "look at gradients", outputs: zip(parameters, gradients).map { ($0.name, $1) })
    return try backend.compile(program)
  }
}
