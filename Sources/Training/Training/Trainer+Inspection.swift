import Devices
public import Datasets
import Optimizers
import Execution
import Programs
import Schedules
import Sessions
public import Tensors

extension Trainer {
  /// The examples of a split.
  ///
  /// - Throws: `TrainingError.setting` for a split without examples.
  public func examples(_ split: Split) throws -> any DataSource { try recipe.examples(split).source }

  /// The images of a split.
  ///
  /// - Throws: `TrainingError.setting` for a split without images, and for a run on other examples.
  public func images(_ split: Split) throws -> LabeledImages {
    guard let images = try examples(split) as? LabeledImages else {
      throw TrainingError.setting("the examples of this run are no images with labels")
    }
    return images
  }

  /// The present model's predictions on images.
  ///
  /// - Parameters:
  ///   - limit: the number of images, from the first.
  ///   - mistakes: the number of worst mistakes to keep.
  /// - Throws: `TrainingError.setting` for a split without images; `OutOfMemory` if the run leaves no room
  ///   for it.
  public func inspect(_ split: Split, limit: Int = 1000, mistakes: Int = 24) throws -> Inspection {
    let images = try images(split)
    let count = min(limit, images.count)
    let set = try recipe.examples(split)
    let results = try uncounted { try modelProbe().score(set, 0..<count) }
    let classes = classNames.count
    var confusion = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
    var wrong: [Inspection.Mistake] = []
    for (index, result) in results.enumerated() {
      let label = Int(images.labels[index])
      confusion[label][result.predicted] += 1
      guard result.predicted != label else { continue }
      wrong.append(
        Inspection.Mistake(
          image: index, label: label, predicted: result.predicted, probability: result.probability,
          loss: result.loss))
    }
    wrong.sort { ($0.loss, $1.image) > ($1.loss, $0.image) }
    return Inspection(
      split: split.rawValue, count: count, confusion: confusion, mistakes: Array(wrong.prefix(mistakes)))
  }

  /// Histograms of every parameter (beside adapters, of those that are trained), and of the gradients of the loss on some training images.
  public func parameterStatistics() throws -> [ParameterStatistics] {
    let parameters = settings.lora == nil ? states.parameters : trainedParameters
    var gradients: [TensorValues]?
    // On a nearly full device there is no room for another program; the run has priority.
    do { gradients = try uncounted { try modelProbe().parameterGradients() } } catch is OutOfMemory {}
    let values = try uncounted { try parameters.map { try backend.read($0) } }
    return parameters.indices.map { index in
      ParameterStatistics(
        name: parameters[index].name, values: Histogram(of: values[index].elements()),
        gradients: gradients.map { Histogram(of: $0[index].elements()) })
    }
  }

  /// The filters of the first convolution, float32 `[filters, channels, height, width]`; nil for a model
  /// without one of one or three channels.
  public func firstFilters() throws -> TensorValues? {
    guard let weight = states.parameters.first, weight.shape.rank == 4, [1, 3].contains(weight.shape[1])
    else {
      return nil
    }
    return try uncounted { try backend.read(weight) }
  }

  /// The learning rate of the last step, or of the first if none was done.
  public func learningRate() throws -> Double {
    let state = step == 0 ? trainingStep.learningRate : trainingStep.lastRate
    let rate = try uncounted { try backend.read(state).elements(as: Float.self)[0] }
    // The shortest decimal number that rounds to it: 0.05, not 0.05000000074505806.
    let decimal = Double("\(rate)") ?? Double(rate)
    guard step == 0 else { return decimal }
    let first = recipe.schedule.factor(atStep: Tensor(0, dtype: .int32), stepsPerEpoch: stepsPerEpoch)
    return decimal * (try first.values(on: .cpu).doubles[0])
  }

  /// Changes the learning rate η, which the schedule's factors multiply, from the next step on.
  ///
  /// Nothing is recompiled. It is part of checkpoints.
  ///
  /// - Throws: `TrainingError.setting` for an invalid rate.
  public func setLearningRate(_ rate: Double) throws {
    try checkLearningRate(rate)
    try backend.write(TensorValues([Float(rate)], shape: []), to: trainingStep.learningRate)
  }
}
