public import Checkpoints
import FoundationEssentials
import Programs
package import Tensors

extension Trainer {
  /// Everything that the run needs to go on with the same bits: all states but the data, the best parameters so far, and
  /// the history.
  public func checkpoint(metadata: [String: String] = [:]) throws -> Checkpoint {
    var checkpoint = Checkpoint(metadata: identity.metadata.merging(metadata) { $1 })
    for state in savedStates { checkpoint.tensors[state.name] = try backend.read(state) }
    for (state, values) in bestValues { checkpoint.tensors["best.\(state.name)"] = values }
    checkpoint.tensors["history.losses"] = TensorValues(history.losses, shape: [history.losses.count])
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]  // the same run gives the same bytes
    checkpoint.metadata["history.epochs"] = String(
      decoding: try encoder.encode(history.epochs), as: UTF8.self)
    return checkpoint
  }

  /// The parameters of the best epoch, without what only training needs.
  public func bestCheckpoint(metadata: [String: String] = [:]) -> Checkpoint {
    let tensors = bestValues.map { ($0.key.name, $0.value) }
    return Checkpoint(
      tensors: Dictionary(tensors) { first, _ in first },
      metadata: identity.metadata.merging(metadata) { $1 })
  }

  /// Takes a run up again where a checkpoint left it.
  ///
  /// - Throws: `CheckpointError` if it is of another model or of other settings; then nothing has changed.
  public func resume(from checkpoint: Checkpoint, path: String) throws {
    guard let losses = checkpoint.tensors["history.losses"], losses.dtype == .float32,
      let text = checkpoint.metadata["history.epochs"],
      let epochs = try? JSONDecoder().decode([History.Epoch].self, from: Data(text.utf8))
    else {
      throw CheckpointError(
        .unusable, path: path, "holds a model but no run to go on with; resume from last.safetensors")
    }
    for state in savedStates { _ = try checkpoint.values(of: state, path: path) }
    let done = Int(try checkpoint.values(of: trainingStep.counter, path: path).doubles[0])
    guard done == losses.shape.count, done / stepsPerEpoch == epochs.count else {
      throw CheckpointError(
        .unusable, path: path,
        "is at step \(done), but holds \(losses.shape.count) losses and \(epochs.count) epochs of "
          + "\(stepsPerEpoch) steps: it is damaged, or of another number of images")
    }
    for state in savedStates { try backend.write(checkpoint.values(of: state, path: path), to: state) }
    recoveryPoint = checkpoint
    bestValues = [:]
    for state in modelStates {
      guard let values = checkpoint.tensors["best.\(state.name)"] else { continue }
      guard values.shape == state.shape, values.dtype == state.dtype else { continue }
      bestValues[state] = values
    }
    history.epochs = epochs
    history.losses = losses.elements()
    step = done
    try resetFeed()
  }

  /// Takes over a model's parameters and statistics, and nothing else of a run.
  ///
  /// - Throws: `CheckpointError` if it is of another model; then nothing has changed.
  public func load(_ checkpoint: Checkpoint, path: String) throws {
    for state in modelStates { _ = try checkpoint.values(of: state, path: path) }
    for state in modelStates { try backend.write(checkpoint.values(of: state, path: path), to: state) }
    recoveryPoint = try self.checkpoint()
  }

  /// Begins with the parameters and statistics of another run, to go on learning on other images.
  ///
  /// Taken are those that this model has under the same names in the same shapes. How pixels are normalized follows from the new
  /// images.
  ///
  /// - Returns: the names of the model's states that the checkpoint has not; they keep their initial values.
  /// - Throws: `CheckpointError` if it has none of them; then nothing has changed.
  public func start(from checkpoint: Checkpoint, path: String) throws -> [String] {
    let fitting = states.states.filter { state in
      checkpoint.tensors[state.name].map { ($0.shape, $0.dtype) == (state.shape, state.dtype) } ?? false
    }
    guard !fitting.isEmpty else {
      throw CheckpointError(.unusable, path: path, "has no parameter of this model: nothing to begin with")
    }
    for state in fitting { try backend.write(checkpoint.values(of: state, path: path), to: state) }
    recoveryPoint = try self.checkpoint()
    let names = Set(fitting.map(\.name))
    return states.states.map(\.name).filter { !names.contains($0) }
  }

  private var savedStates: [State] {
    modelStates + trainingStep.moments + [trainingStep.counter, trainingStep.key]
      + (trainingStep.lossScaler?.states ?? [])
  }
}

extension Checkpoint {
  /// Reads the model in a run's checkpoint and the texts about it, without what only going on with the run takes: the
  /// optimizer's moments, the best parameters so far, and the history.
  package init(modelIn path: String) throws(CheckpointError) {
    try self.init(contentsOf: path) { name in
      ["optimizer.", "best.", "history."].contains { name.hasPrefix($0) }
    }
  }

  /// What it holds for a state.
  ///
  /// - Parameter path: of the file, for the error.
  package func values(of state: State, path: String) throws(CheckpointError) -> TensorValues {
    guard let values = tensors[state.name] else {
      throw CheckpointError(
        .unusable, path: path, "has no '\(state.name)': it is of another model or optimizer")
    }
    guard values.shape == state.shape, values.dtype == state.dtype else {
      throw CheckpointError(
        .unusable, path: path,
        "holds '\(state.name)' as \(values.dtype)\(values.shape), but this model and data need "
          + "\(state.dtype)\(state.shape)")
    }
    return values
  }
}
