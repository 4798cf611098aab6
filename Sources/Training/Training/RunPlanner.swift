import Execution
import Programs
import Tensors

/// The plan of a run's training step on a backend, for one batch size and data placement.
struct RunPlan {
  let placement: DataPlacement
  let step: TrainingStep
  /// The step as the backend runs it: of one in micro-batches its first half, in one piece.
  let program: Program
  /// All that is run in a step: the program, or its parts, and the second half.
  let parts: [Program]
  /// The evaluations as the backend runs them, if they were planned.
  let measurements: [Program]
  /// The memory need of all of them.
  let need: MemoryNeed

  var programs: [Program] { parts + measurements }
}

/// Plans a run's step for different batch sizes, and chooses the data placement.
///
/// Nothing is allocated.
final class RunPlanner {
  private let recipe: RunRecipe
  private let backend: any Backend
  let device: DeviceMemory
  private let measured: [Trainer.Split]
  /// The memory of evaluation does not depend on the batch size.
  private var measurements: [DataPlacement: [Program]] = [:]

  /// - Parameter measured: the splits whose evaluation is planned, too.
  init(_ recipe: RunRecipe, on backend: any Backend, measuring measured: [Trainer.Split]) {
    (self.recipe, self.backend, self.measured) = (recipe, backend, measured)
    device = backend.capacity
  }

  /// The plan with the first data placement that fits, or else the one with the least need.
  ///
  /// - Parameters:
  ///   - set: the training set, if not the recipe's.
  ///   - recomputation: overrides the recipe's.
  func plan(
    batchSize: Int, on set: ExampleSet? = nil, recomputation: Recomputation? = nil
  ) throws -> RunPlan {
    var recipe = recipe
    recipe.settings.batchSize = batchSize
    if let recomputation { recipe.settings.recomputation = recomputation }
    if let set { recipe.training = set }
    let choices = DataPlacement.choices(recipe.settings.dataResidency, of: recipe.sets, on: device)
    var plan = try plan(recipe, choices[0], like: nil)
    for placement in choices.dropFirst() where device.isLimited && plan.need.load(on: device) > 1 {
      plan = try self.plan(recipe, placement, like: plan)
    }
    return plan
  }

  private func plan(_ recipe: RunRecipe, _ placement: DataPlacement, like other: RunPlan?) throws -> RunPlan {
    let measurements = try measurements(of: recipe, placement)
    // With resident images the step is the same, independent of evaluation.
    if let other, other.step.data.ring == nil, !placement.streamed.contains(.training) {
      return RunPlan(
        placement: placement, step: other.step, program: other.program, parts: other.parts,
        measurements: measurements, need: backend.need(of: other.parts + measurements))
    }
    let step = try recipe.trainingStep(placement, on: device)
    let program = backend.planned(step.program)
    let parts =
      (step.stages?.programs.map { backend.planned($0) } ?? [program])
      + (step.exchange.map { [backend.planned($0.update)] } ?? [])
    return RunPlan(
      placement: placement, step: step, program: program, parts: parts, measurements: measurements,
      need: backend.need(of: parts + measurements))
  }

  private func measurements(of recipe: RunRecipe, _ placement: DataPlacement) throws -> [Program] {
    if let programs = measurements[placement] { return programs }
    let programs = try measured.map {
      backend.planned(try recipe.evaluationStep($0, placement, on: device).program)
    }
    measurements[placement] = programs
    return programs
  }
}
