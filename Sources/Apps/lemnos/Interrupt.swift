import Glibc
import Synchronization

/// SIGINT (Ctrl-C) and SIGTERM as a request to stop after the current step.
///
/// The second signal terminates the program at once.
enum Interrupt {
  private static let wanted = Atomic(false)

  static var isRequested: Bool { wanted.load(ordering: .relaxed) }

  /// Installs the handlers; the first signal only sets the request.
  static func catchFirst() {
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        Interrupt.wanted.store(true, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
    }
  }
}
