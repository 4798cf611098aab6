public import Checkpoints
import FoundationEssentials
import Execution
import Programs
import Tensors

extension Trainer {
  /// Everything needed for bit-exact resumption: all states except the data, the best parameters so far, and
  /// the history.
  ///
  /// - Precondition: ranks that share the optimizer's state out have collected it: `hasWholeState`.
  public func checkpoint(metadata: [String: String] = [:]) throws -> Checkpoint {
    precondition(hasWholeState, "rank 0 does not have the optimizer state that other ranks keep")
    var checkpoint = Checkpoint(metadata: (identity?.metadata ?? [:]).merging(metadata) { $1 })
    checkpoint.metadata[DataFingerprint.key] = "\(fingerprint)"
    checkpoint.metadata[Checkpoint.loraKey] = settings.lora?.description
    for state in savedStates { checkpoint.tensors[state.name] = try collected?[state] ?? backend.read(state) }
    for (state, values) in bestValues { checkpoint.tensors["best.\(state.name)"] = values }
    checkpoint.tensors["history.losses"] = TensorValues(history.losses, shape: [history.losses.count])
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]  // deterministic output
    encoder.nonConformingFloatEncodingStrategy = .lemnos
    checkpoint.metadata["history.epochs"] = String(
      decoding: try encoder.encode(history.epochs), as: UTF8.self)
    return checkpoint
  }

  /// The parameters of the best epoch, without training state; adapters are beside what they are of.
  public func bestCheckpoint(metadata: [String: String] = [:]) -> Checkpoint {
    let changing = Dictionary(bestValues.map { ($0.key.name, $0.value) }) { first, _ in first }
    // What is the same all through a run was saved at the end of its last epoch.
    let others = Set(bestValues.isEmpty ? [] : modelStates.map(\.name)).subtracting(changing.keys)
    let tensors = changing.merging((recoveryPoint?.tensors ?? [:]).filter { others.contains($0.key) }) { $1 }
    var checkpoint = Checkpoint(
      tensors: tensors, metadata: (identity?.metadata ?? [:]).merging(metadata) { $1 })
    checkpoint.metadata[Checkpoint.loraKey] = settings.lora?.description
    return checkpoint
  }

  /// Resumes a run from a checkpoint.
  ///
  /// - Parameter allowingOtherData: continue even if the images differ from those of the run.
  /// - Throws: `CheckpointError` if it is of another model, other settings or classes, or other images;
  ///   then nothing has changed.
  public func resume(from checkpoint: Checkpoint, path: String, allowingOtherData: Bool = false) throws {
    guard let losses = checkpoint.tensors["history.losses"], losses.dtype == .float32,
      let text = checkpoint.metadata["history.epochs"]
    else {
      throw CheckpointError(
        .unusable, path: path, "holds a model but no run to go on with; resume from last.safetensors")
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .lemnos
    guard let epochs = try? decoder.decode([History.Epoch].self, from: Data(text.utf8)) else {
      throw CheckpointError(
        .unusable, path: path,
        "holds no run to go on with here: its history is damaged, or of another version of Lemnos; begin with its "
          + "parameters, by --from")
    }
    for state in savedStates { _ = try checkpoint.values(of: state, path: path) }
    try identity?.checkClasses(of: checkpoint, path: path)
    if !allowingOtherData, let change = dataChange(since: checkpoint) {
      throw CheckpointError(
        .unusable, path: path,
        "\(change): its run cannot go on as it was; begin a new one with --from, or go on all the same with "
          + "--allow-changed-data")
    }
    let done =
      Int(try checkpoint.values(of: trainingStep.counter, path: path).doubles[0])
      / settings.accumulation
    guard done == losses.shape.count, done / stepsPerEpoch == epochs.count else {
      throw CheckpointError(
        .unusable, path: path,
        "is at step \(done), but holds \(losses.shape.count) losses and \(epochs.count) epochs of "
          + "\(stepsPerEpoch) steps: it is damaged, or of another number of images")
    }
    let foreign = foreignStates
    for state in savedStates where !foreign.contains(state) {
      try backend.write(checkpoint.values(of: state, path: path), to: state)
    }
    if ranks == nil { recoveryPoint = checkpoint }
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

  /// A sentence about how the images differ from those of a checkpoint's run; nil if they are the same, or
  /// unknown.
  public func dataChange(since checkpoint: Checkpoint) -> String? {
    guard let before = checkpoint.metadata[DataFingerprint.key], before != "\(fingerprint)" else {
      return nil
    }
    return "was trained on other images: \(before) then, \(fingerprint) now"
  }

  /// Loads a model's parameters and statistics, and nothing else.
  ///
  /// - Throws: `CheckpointError` if it is of another model or other classes; then nothing has changed.
  public func load(_ checkpoint: Checkpoint, path: String) throws {
    try identity?.checkClasses(of: checkpoint, path: path)
    let checkpoint = try checkpoint.fitting(states.states, path: path)
    for state in modelStates { _ = try checkpoint.values(of: state, path: path) }
    for state in modelStates { try write(checkpoint.values(of: state, path: path), toModel: state) }
    if ranks == nil { recoveryPoint = try self.checkpoint() }
  }

  /// Initializes from another run's parameters and statistics (transfer learning).
  ///
  /// Takes those with the same names and shapes; the output layer's only if the classes are the same, in the
  /// same order.
  ///
  /// - Parameter keepingNormalization: also use its normalization of pixels, if the image size allows: the
  ///   parameters were trained with it.
  /// - Returns: the names of the states that the checkpoint lacks; they keep their initial values. Includes
  ///   `pixels.mean` and `pixels.scale` if normalization was to be kept, but is for images of another size. Adapters are new
  ///   in any case.
  /// - Throws: `CheckpointError` if it has none of them, or non-finite numbers, or lacks one that is not trained beside
  ///   adapters; then nothing has changed.
  public func start(
    from checkpoint: Checkpoint, path: String, keepingNormalization: Bool = true
  ) throws -> [String] {
    let checkpoint = try checkpoint.mergingAdapters(path: path)
    func fits(_ state: State) -> Bool {
      checkpoint.tensors[state.name]?.fitting(state) != nil
    }
    let names = ModelIdentity.classNames(in: checkpoint)
    let foreign = Set(names == nil || names == classNames ? [] : trainingStep.head)
    var fitting = states.states.filter { fits($0) && !foreign.contains($0) }
    guard !fitting.isEmpty else {
      throw CheckpointError(.unusable, path: path, "has no parameter of this model: nothing to begin with")
    }
    let normalization = keepingNormalization ? recipe.preparation.states : []
    if normalization.allSatisfy(fits) { fitting += normalization }
    let taken = Set(fitting)
    let missing = (states.states + normalization).filter {
      !taken.contains($0) && LoRA.weight(ofAdapter: $0.name) == nil
    }
    if settings.lora != nil { try checkBase(missing, checkpoint, path: path) }
    let values = try fitting.map { ($0, try checkpoint.values(of: $0, path: path)) }
    for (state, values) in values {
      try write(values, toModel: state)
      if let magnitude = states[LoRA.Part.magnitude.name(of: state.name)], !taken.contains(magnitude) {
        try write(values.normsOfOutputs, toModel: magnitude)
      }
    }
    if ranks == nil { recoveryPoint = try self.checkpoint() }
    return missing.map(\.name)
  }

  /// - Parameter missing: what a network to adapt has not brought along.
  /// - Throws: `CheckpointError` for a parameter that would stay as it is drawn.
  private func checkBase(_ missing: [State], _ base: Checkpoint, path: String) throws(CheckpointError) {
    let frozen = Frozen(settings)
    guard let state = missing.first(where: { $0.isParameter && frozen.contains($0) }) else { return }
    let layer = state.name.prefix(upTo: state.name.lastIndex(of: ".") ?? state.name.endIndex)
    let there =
      base.tensors[state.name].map { values in
        values.shape == state.shape
          ? "has '\(state.name)' for other classes"
          : "has '\(state.name)' as \(values.shape), not \(state.shape)"
      } ?? "has no '\(state.name)', \(state.shape) in this network"
    throw CheckpointError(
      .unusable, path: path,
      "\(there), and beside adapters it would stay at random: train it, by --lora-train '\(layer).*', or begin with the run "
        + "of such a network")
  }

  /// Gives a state of the model other values, and to what is trained in its place, if it is an average of that.
  private func write(_ values: TensorValues, toModel state: State) throws {
    try backend.write(values, to: state)
    if let trained = trainingStep.trained[state] { try backend.write(values, to: trained) }
  }

  private var savedStates: [State] {
    modelStates + trainingStep.slots
      + [trainingStep.counter, trainingStep.key, trainingStep.learningRate, trainingStep.lastRate]
      + (trainingStep.lossScaler?.states ?? [])
  }
}

extension JSONEncoder.NonConformingFloatEncodingStrategy {
  /// Metrics may be non-finite.
  fileprivate static let lemnos = JSONEncoder.NonConformingFloatEncodingStrategy.convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
}

extension JSONDecoder.NonConformingFloatDecodingStrategy {
  fileprivate static let lemnos = JSONDecoder.NonConformingFloatDecodingStrategy.convertFromString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
}
