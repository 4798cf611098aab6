public import Tensors

/// How many batches PyTorch's batch normalization has seen, an int64, a type that Lemnos has not: it matters to no score.
private let batchCounter = ".num_batches_tracked"

extension Checkpoint {
  /// Reads the model in a run's checkpoint and the texts about it, without what only going on with the run takes: the
  /// optimizer's moments, the best parameters so far, and the history.
  package init(modelIn path: String) throws(CheckpointError) {
    try self.init(contentsOf: path) { name in
      ["optimizer.", "best.", "history."].contains { name.hasPrefix($0) } || name.hasSuffix(batchCounter)
    }
  }

  /// What it holds for a state.
  ///
  /// - Parameter path: of the file, for the error.
  /// - Throws: `CheckpointError` for none, for one of another shape or type, and for a parameter or statistic that is not finite.
  public func values(of state: State, path: String) throws(CheckpointError) -> TensorValues {
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
    let isOfModel = state.isParameter || state.role == .statistic
    if isOfModel, let fault = values.nonFinite {
      throw CheckpointError(.unusable, path: path, "holds \(fault) in '\(state.name)': its network is broken")
    }
    return values
  }
}
