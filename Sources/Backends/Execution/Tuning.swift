/// The time spent on auto-tuning matrix products and convolutions for a device.
///
/// Results are cached by device and driver for later runs. Computed values are bitwise the same with any
/// choice.
public enum Tuning: String, Codable, Hashable, Sendable, CaseIterable {
  /// Off: a default by the product's size; cached results are ignored.
  case off

  /// Two seconds, the most expensive products first; a trial that has begun is finished.
  case quick

  /// Until all candidates have been tried, which takes minutes.
  case full
}

/// A backend with auto-tuning.
package protocol TuningBackend: Backend {
  /// A sentence about the trials made since it was opened; nil for none.
  var tuningSummary: String? { get }
}
