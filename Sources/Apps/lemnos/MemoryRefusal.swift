import Glibc

/// Exits with a message if an allocation outside the backends fails.
///
/// Backend allocations throw if they fail. Other allocations, in Swift's runtime and in C libraries, trap or
/// abort, which would print a crash dump instead of advice. Files written so far are complete: they are
/// renamed into place.
enum MemoryRefusal {
  static func watch() {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = endIfMemoryWasRefused
    for signal in [SIGILL, SIGTRAP, SIGABRT] { sigaction(signal, &action, nil) }
  }

  fileprivate static let sentence: StaticString =
    """
    lemnos: the system refused memory: use a smaller batch, model or data set, close other programs, or raise the limit on \
    this process ('ulimit -v' shows it)

    """
}

/// Async-signal-safe: no allocation, no lock.
private func endIfMemoryWasRefused(_ number: Int32) {
  // The last allocation of this thread failed.
  guard errno == ENOMEM else {
    signal(number, SIG_DFL)
    raise(number)
    return
  }
  _ = write(STDERR_FILENO, MemoryRefusal.sentence.utf8Start, MemoryRefusal.sentence.utf8CodeUnitCount)
  _exit(69)
}
