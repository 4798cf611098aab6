import Execution
import Programs
import Tensors

extension Trainer {
  /// The state of loss scaling.
  public struct LossScale: Hashable, Sendable {
    /// The factor on the loss of the next step.
    public let scale: Double

    /// Steps skipped because their gradients overflowed.
    public let skippedSteps: Int
  }

  /// The state of loss scaling after the steps done so far; nil if the run's precision needs none.
  public func lossScale() throws -> LossScale? {
    guard let scaler = trainingStep.lossScaler else { return nil }
    return LossScale(
      scale: try backend.read(scaler.scale).doubles[0],
      skippedSteps: Int(try backend.read(scaler.skippedSteps).doubles[0]))
  }

  /// A sentence about how products of the run's precision are computed; nil for float32, without rounding.
  public var precisionReason: String? { backend.reason(for: settings.precision) }
}

extension Backend {
  /// A sentence about how products of a precision are computed; nil for float32.
  func reason(for precision: Precision) -> String? {
    guard precision != .float32 else { return nil }
    if hasMatrixUnits(for: precision) {
      return
        "\(precision.rawValue), by the device's matrix units where products are large: operands are rounded to it, and "
        + "their products added up in float32."
    }
    return
      "\(precision.rawValue), on ordinary arithmetic: operands of products are rounded to it, then multiplied and "
      + "added up in float32, which is no faster than float32."
  }
}
