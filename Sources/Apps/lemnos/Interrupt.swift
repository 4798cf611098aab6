import Glibc
import Synchronization

/// SIGINT (Ctrl-C) and SIGTERM as a request to stop after the current step.
///
/// The second signal terminates the program at once.
enum Interrupt {
  private static let wanted = Atomic(false)

  static var isRequested: Bool { wanted.load(ordering: .relaxed) }

  /// Installs the handlers; the first signal only sets the request.
  ///
  /// - Parameter alone: false for one of several ranks, where SIGTERM comes from mpirun when another has ended.
  static func catchFirst(alone: Bool = true) {
    for number in alone ? [SIGINT, SIGTERM] : [SIGINT] {
      signal(number) { number in
        Interrupt.wanted.store(true, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
    }
  }
}
