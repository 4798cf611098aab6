/// The location of the training data during a run.
///
/// It affects neither the examples of a step nor any result.
public enum DataResidency: String, Sendable, CaseIterable {
  /// On the device if it fits, else streamed.
  case automatic = "auto"

  /// All on the device, from the start.
  case resident

  /// In host memory: the device holds a ring of batches, filled while steps run.
  case streamed
}
