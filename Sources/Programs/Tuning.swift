/// How long a backend looks for the fastest way to multiply matrices on its device.
///
/// What it found is kept in the cache, under device and driver, for all later runs. Results have the same bits whatever is
/// found.
public enum Tuning: String, Codable, Hashable, Sendable, CaseIterable {
  /// Not at all: what suits a product of this size, without having been tried, whatever was found before.
  case off

  /// For two seconds, the products that take the most time first; a trial that has begun is finished.
  case quick

  /// Until everything has been tried, which takes minutes.
  case full
}

/// A backend that tunes.
package protocol TuningBackend: Backend {
  /// What it tried since it was opened, as a sentence; nil for nothing.
  var tuningSummary: String? { get }
}
