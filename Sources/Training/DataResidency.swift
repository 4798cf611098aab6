/// Where the images of a run are kept while it goes on.
///
/// It changes neither the images of a step nor a bit of what is computed from them.
public enum DataResidency: String, Sendable, CaseIterable {
  /// On the device where they fit, else streamed.
  case automatic = "auto"

  /// On the device, all of them, from the beginning.
  case resident

  /// In the host's memory: the device holds a ring of batches, which is filled while steps run.
  case streamed
}
