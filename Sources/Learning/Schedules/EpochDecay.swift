public import Tensors

/// The learning rate is multiplied by a constant after every epoch, as CS231n's `lr_decay` does.
///
///     factor = decay ^ ⌊step / stepsPerEpoch⌋
public struct EpochDecay: Schedule {
  public let decay: Double

  /// - Parameter decay: above 0; 0.95 reduces the rate by 5 % after each epoch.
  public init(_ decay: Double) { self.decay = decay }

  public func factor(atStep step: Tensor, stepsPerEpoch: Int) -> Tensor {
    power(Tensor(decay), (step / Double(stepsPerEpoch)).cast(to: .float32))
  }
}
