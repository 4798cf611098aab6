import Glibc

/// Ends the program with a sentence where the system refuses memory that nobody can do without.
///
/// Blocks of a backend throw when they cannot be had. What else takes memory, in Swift's own runtime and in C libraries, traps or
/// aborts, which would print the state of the processor where a person needs to know what to do. Whatever has been written by then is
/// whole: files are renamed into place.
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

/// Only what may be called from a signal handler: no allocation, no lock.
private func endIfMemoryWasRefused(_ number: Int32) {
  // Whoever asked for memory last, in this thread, got none.
  guard errno == ENOMEM else {
    signal(number, SIG_DFL)
    raise(number)
    return
  }
  _ = write(STDERR_FILENO, MemoryRefusal.sentence.utf8Start, MemoryRefusal.sentence.utf8CodeUnitCount)
  _exit(69)
}
