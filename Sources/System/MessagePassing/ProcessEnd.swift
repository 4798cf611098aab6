@preconcurrency import Glibc

/// The end of this process while other threads may hold any lock.
enum ProcessEnd {
  /// Writes out what was printed, if nobody is printing, and ends without destructors: MPI's would wait for ranks that are gone.
  static func now(code: Int32) -> Never {
    if let stdout, ftrylockfile(stdout) == 0 {
      fflush_unlocked(stdout)
      funlockfile(stdout)
    }
    _exit(code)
  }

  /// Names the file to which `report` writes, for ranks whose launcher we started; see `LaunchedProcess`.
  static let reportVariable = "LEMNOS_RANK_REPORTS"

  /// Prints one line to standard error, in one piece.
  ///
  /// Standard error of a rank goes through processes of mpirun, which may themselves end early when a rank dies; the last words of a run
  /// take the direct way, where there is one, with the exit code before them.
  static func report(_ sentence: String, program: String, code: Int32) {
    var line = Array("\(program): \(sentence)\n".utf8)
    let direct = getenv(reportVariable).map { open($0, O_WRONLY | O_CLOEXEC | O_NONBLOCK) } ?? -1
    defer { if direct >= 0 { close(direct) } }
    if direct >= 0 { line.insert(UInt8(truncatingIfNeeded: code), at: 0) }
    _ = line.withUnsafeBytes { write(direct >= 0 ? direct : STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
