/// The end of message passing in one sentence: what happened, which rank and host, where, what to do.
package struct MessagePassingError: Error, CustomStringConvertible, Sendable {
  package enum Category: Hashable, Sendable {
    /// MPI is asked for and not to be had.
    case unavailable
    /// Ranks were given different settings or data.
    case disagreement
    /// A rank ended, or does not respond.
    case lost
    /// A rank responds, but its messages do not come.
    case stalled
    /// A rank said why all have to end.
    case announced
    /// A call of MPI failed.
    case failed

    fileprivate var code: Int32 {
      switch self {
      case .disagreement: 65
      case .unavailable: 69
      case .announced, .failed: 70
      // EX_TEMPFAIL: the same command may succeed later.
      case .lost, .stalled: 75
      }
    }
  }

  package let category: Category

  package let description: String

  /// The exit code that goes with it, as in `sysexits.h`.
  package let code: Int32

  /// True if it is printed, once for all ranks, by this module; callers then only end.
  package let isReported: Bool

  init(_ category: Category, _ description: String, code: Int32? = nil, isReported: Bool = false) {
    (self.category, self.description, self.isReported) = (category, description, isReported)
    self.code = code ?? category.code
  }
}
