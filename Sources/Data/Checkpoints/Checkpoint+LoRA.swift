public import Tensors

// Adapters in a checkpoint: beside each adapted weight its A and B, of DoRA a magnitude, and the factor in the metadata.

extension Checkpoint {
  /// What the adaptation of a checkpoint is called in its metadata, whose value is a `LoRA`'s description.
  package static let loraKey = "lemnos.lora"

  /// Whether weights have adapters beside them.
  public var hasAdapters: Bool {
    tensors.keys.contains { LoRA.weight(ofAdapter: $0) != nil && !Self.isOfRun($0) }
  }

  /// The adaptation that adapters are of; nil for a checkpoint without any.
  ///
  /// - Parameter path: of the file, for the error.
  /// - Throws: `CheckpointError` if there are adapters and nothing that says what of.
  public func adaptation(path: String) throws(CheckpointError) -> LoRA? {
    guard hasAdapters else { return nil }
    guard let text = metadata[Self.loraKey] else {
      throw CheckpointError(
        .unusable, path: path,
        "has adapters, but its metadata have no '\(Self.loraKey)' that says by which factor they count")
    }
    do throws(LoRA.Misspelled) { return try LoRA(text) } catch {
      throw CheckpointError(.unusable, path: path, "has adapters that cannot be used: \(error)")
    }
  }

  /// The model with each adapter in its weight, and no adapters: a network as any other, that gives the same up to rounding.
  ///
  ///     W ← W + s A B,   of DoRA W ← m / ‖W + s A B‖ · (W + s A B)
  ///
  /// Sums are in float64, and rounded once.
  ///
  /// - Parameter path: of the file, for the error.
  /// - Throws: `CheckpointError` for adapters that are not of their weights.
  public func mergingAdapters(path: String) throws(CheckpointError) -> Checkpoint {
    guard let lora = try adaptation(path: path) else { return self }
    var merged = withoutAdapters
    for weight in adaptedWeights {
      merged.tensors[weight] = try adapter(of: weight, path: path).merged(scale: lora.scale)
    }
    return merged
  }

  /// The checkpoint for a model with these states: with its adapters merged, unless the model has adapters itself.
  ///
  /// - Parameter path: of the file, for the error.
  package func fitting(_ states: [State], path: String) throws(CheckpointError) -> Checkpoint {
    states.contains { LoRA.weight(ofAdapter: $0.name) != nil } ? self : try mergingAdapters(path: path)
  }

  /// The network that adapters are of, with the bits that it had before them.
  public var withoutAdapters: Checkpoint {
    var base = self
    base.tensors = tensors.filter { LoRA.weight(ofAdapter: $0.key) == nil }
    base.metadata[Self.loraKey] = nil
    return base
  }

  /// The weights that have adapters.
  package var adaptedWeights: [String] {
    Set(tensors.keys.filter { !Self.isOfRun($0) }.compactMap(LoRA.weight(ofAdapter:))).sorted()
  }

  /// A weight and what is beside it, float32.
  package struct Adapter {
    /// `[D, units]`, or filters `[K, C, …]`.
    package let weight: TensorValues
    /// A and B.
    package let down, up: TensorValues
    /// Nil unless it is DoRA's.
    package let magnitude: TensorValues?

    package var rank: Int { weight.shape.rank > 2 ? down.shape[0] : down.shape[1] }
  }

  /// - Throws: `CheckpointError` if a part is missing, or of another weight.
  package func adapter(of weight: String, path: String) throws(CheckpointError) -> Adapter {
    func part(_ name: String) throws(CheckpointError) -> TensorValues {
      guard let values = tensors[name], values.dtype.isFloating else {
        throw CheckpointError(
          .unusable, path: path, "has adapters of '\(weight)', but no '\(name)': it is damaged")
      }
      if let fault = values.nonFinite {
        throw CheckpointError(.unusable, path: path, "holds \(fault) in '\(name)': its network is broken")
      }
      return values.converted(to: .float32)
    }
    let own = try part(weight)
    guard own.shape.rank >= 2, own.shape.count > 0 else {
      throw CheckpointError(
        .unusable, path: path, "has adapters of '\(weight)', which is \(own.shape) and no matrix or filters")
    }
    let (downName, upName) = (LoRA.Part.down.name(of: weight), LoRA.Part.up.name(of: weight))
    let (down, up) = (try part(downName), try part(upName))
    let rank = down.shape.rank == own.shape.rank ? (own.shape.rank > 2 ? down.shape[0] : down.shape[1]) : 0
    let needed = rank > 0 ? LoRA(rank: rank, alpha: 1).shapes(of: own.shape) : nil
    guard let needed, down.shape == needed.down, up.shape == needed.up else {
      throw CheckpointError(
        .unusable, path: path,
        "holds '\(downName)' as \(down.shape) and '\(upName)' as \(up.shape), which do not make a matrix beside "
          + "'\(weight)' \(own.shape)")
    }
    let magnitudeName = LoRA.Part.magnitude.name(of: weight)
    let magnitude = tensors[magnitudeName] == nil ? nil : try part(magnitudeName)
    let outputs = LoRA.sides(of: own.shape).outputs
    guard magnitude.map({ $0.shape == [outputs] }) ?? true else {
      throw CheckpointError(
        .unusable, path: path,
        "holds '\(magnitudeName)' as \(magnitude?.shape ?? []), but '\(weight)' \(own.shape) has \(outputs) outputs"
      )
    }
    return Adapter(weight: own, down: down, up: up, magnitude: magnitude)
  }
}

extension Checkpoint.Adapter {
  fileprivate func merged(scale: Double) -> TensorValues {
    let (inputs, outputs) = LoRA.sides(of: weight.shape)
    let isMatrix = weight.shape.rank == 2
    // Rows of a matrix are inputs, those of filters outputs: either is rows of one factor times columns of the other.
    let (left, right) = (isMatrix ? down : up, isMatrix ? up : down)
    let (rows, columns) = isMatrix ? (inputs, outputs) : (outputs, inputs)
    let (a, b) = (left.elements(as: Float.self), right.elements(as: Float.self))
    var numbers = weight.elements(as: Float.self).map(Double.init)
    for row in 0..<rows {
      for k in 0..<rank {
        let factor = scale * Double(a[row * rank + k])
        guard factor != 0 else { continue }
        for column in 0..<columns {
          numbers[row * columns + column] += factor * Double(b[k * columns + column])
        }
      }
    }
    if let magnitude {
      let norms = TensorValues(numbers, shape: weight.shape).normsOfOutputs.doubles
      let gains = zip(magnitude.doubles, norms).map { $0 / $1 }
      for row in 0..<rows {
        for column in 0..<columns { numbers[row * columns + column] *= gains[isMatrix ? column : row] }
      }
    }
    return TensorValues(numbers.map { Float($0) }, shape: weight.shape)
  }
}
