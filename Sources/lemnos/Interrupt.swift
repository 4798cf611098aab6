import Glibc
import Synchronization

/// Ctrl-C, and the polite request to end, as a wish to stop after the step at hand.
///
/// The second one ends the program at once.
enum Interrupt {
  private static let wanted = Atomic(false)

  static var isRequested: Bool { wanted.load(ordering: .relaxed) }

  /// From here on the first Ctrl-C only leaves its wish.
  static func catchFirst() {
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        Interrupt.wanted.store(true, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
    }
  }
}
