import Checkpoints
import Tensors

/// The normalization of pixels from 0 to 255 that is saved with a model.
///
///     (pixels − mean) · scale
struct PixelTransform {
  static let meanName = "pixels.mean"
  static let scaleName = "pixels.scale"

  /// Nil for a model trained on unnormalized pixels.
  private let states: (mean: State, scale: State)?

  init(of checkpoint: Checkpoint) throws {
    switch (checkpoint.tensors[Self.meanName], checkpoint.tensors[Self.scaleName]) {
    case (let mean?, let scale?):
      states = (
        State(Self.meanName, mean.shape, dtype: mean.dtype.computed, role: .statistic),
        State(Self.scaleName, scale.shape, dtype: scale.dtype.computed, role: .statistic)
      )
    case (nil, nil): states = nil
    default:
      throw ExchangeError(
        "the checkpoint has one of '\(Self.meanName)' and '\(Self.scaleName)' without the other")
    }
  }

  /// float32 `[N, C, H, W]` to the same.
  func callAsFunction(_ pixels: Tensor) -> Tensor {
    states.map { (pixels - $0.mean.value) * $0.scale.value } ?? pixels
  }
}

extension Checkpoint {
  /// The values of a state, for export.
  func exportedValues(of state: State) throws -> TensorValues {
    guard let values = tensors[state.name] else {
      throw ExchangeError("the checkpoint has no '\(state.name)': it is of another model")
    }
    guard let values = values.fitting(state) else {
      throw ExchangeError(
        "the checkpoint holds '\(state.name)' as \(values.dtype)\(values.shape), but this model needs "
          + "\(state.dtype)\(state.shape)")
    }
    if let fault = values.nonFinite {
      throw ExchangeError("the checkpoint holds \(fault) in '\(state.name)': its network is broken")
    }
    return values
  }
}
