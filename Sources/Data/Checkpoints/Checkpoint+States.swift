public import Tensors

/// The batch counter of PyTorch's batch normalization: it does not affect scores.
private let batchCounter = ".num_batches_tracked"

extension Checkpoint {
  /// True for what only resuming a run needs: the optimizer's state, the best parameters so far, and the history.
  static func isOfRun(_ name: String) -> Bool {
    ["optimizer.", "best.", "history."].contains { name.hasPrefix($0) }
  }

  /// Reads the model and metadata of a run's checkpoint, without what only resuming needs: the optimizer's
  /// state, the best parameters so far, and the history.
  ///
  /// - Parameter mergesAdapters: whether adapters are merged into their weights, so that it is a network as any other.
  package init(modelIn path: String, mergingAdapters mergesAdapters: Bool = true) throws(CheckpointError) {
    try self.init(contentsOf: path) { name in
      Self.isOfRun(name) || name.hasSuffix(batchCounter)
    }
    if mergesAdapters { self = try mergingAdapters(path: path) }
  }

  /// The values of a state; 16-bit floating-point numbers become float32 where it is, each exactly.
  ///
  /// - Parameter path: of the file, for the error.
  /// - Throws: `CheckpointError` if there are none, of another shape or type, or non-finite in a parameter
  ///   or statistic.
  public func values(of state: State, path: String) throws(CheckpointError) -> TensorValues {
    guard let values = tensors[state.name] else {
      throw CheckpointError(
        .unusable, path: path, "has no '\(state.name)': it is of another model or optimizer")
    }
    guard let values = values.fitting(state) else {
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

extension TensorValues {
  /// These values as those of a state: of its shape and type, or 16-bit floating-point numbers for float32, which
  /// represents them exactly; nil if they do not fit.
  package func fitting(_ state: State) -> TensorValues? {
    guard shape == state.shape else { return nil }
    let isWidened = state.dtype == .float32 && (dtype == .float16 || dtype == .bfloat16)
    return isWidened ? converted(to: .float32) : dtype == state.dtype ? self : nil
  }
}
