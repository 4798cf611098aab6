import Glibc
import MessagePassing

/// The programs that MessagePassingTests run under mpirun: `rank-programs <name> <arguments>`.
///
/// Each checks by itself, on every rank, and rank 0 prints "ok" if all is well.
@main
enum RankPrograms {
  private static let programs: [String: @Sendable (Communicator, [Int]) throws -> Void] = [
    "sums": checkSums, "rounded": checkRoundedSums, "overlap": checkOverlap,
    "bytes": checkBytes,
    "agree": checkAgreement,
    "die": die, "measure": measure,
    "who": { communicator, _ in
      print(
        "\(communicator.rank) of \(communicator.size), local \(communicator.localRank) of \(communicator.localSize)"
      )
    },
    "timing": timeSums, "signals": countSignals, "input": readInput,
  ]

  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    if arguments.first == "launch" { launch(Array(arguments.dropFirst())) }
    guard let program = arguments.first.flatMap({ programs[$0] }) else {
      fatalError("rank-programs: \(programs.keys.sorted().joined(separator: " | "))")
    }
    var settings = CommunicatorSettings()
    settings.program = "rank-programs"
    settings.advice = "the last checkpoint is good: start again from it"
    settings.heartbeat = .milliseconds(100)
    settings.silence = .seconds(2)
    settings.grace = .milliseconds(300)
    settings.deadline = .seconds(getenv("DEADLINE").flatMap { Int(String(cString: $0)) } ?? 30)
    if let limit = getenv("ONE_ROUND").flatMap({ Int(String(cString: $0)) }) {
      settings.oneRoundLimit = limit
    }
    stopIfAsked()
    do {
      let communicator = try Communicator.open(settings)
      do {
        try program(communicator, arguments.dropFirst().compactMap { Int($0) })
        try communicator.finish()
        if communicator.rank == 0 { print("ok") }
        // MPICH's mpirun fails, one time in some hundred, if a rank has ended before its standard input was passed on. No run of training
        // is as short.
        if communicator.size == 1 { usleep(100_000) }
      } catch let error as MessagePassingError {
        communicator.end(after: error)
      }
    } catch let error as MessagePassingError {
      let line = "rank-programs: \(error)\n"
      if !error.isReported { _ = write(STDERR_FILENO, line, line.utf8.count) }
      exit(error.code)
    } catch {
      fatalError("\(error)")
    }
  }
}

/// Stops the rank that STOPPED names, before it has met any other.
private func stopIfAsked() {
  let own = getenv("OMPI_COMM_WORLD_RANK") ?? getenv("PMI_RANK")
  if let own, let stopped = getenv("STOPPED"), strcmp(own, stopped) == 0 { raise(SIGSTOP) }
}

/// `launch implementation ranks name arguments`: runs this program as ranks; exits with its status.
private func launch(_ arguments: [String]) -> Never {
  guard let implementation = RankLauncher.Implementation(rawValue: arguments[0]),
    let ranks = Int(arguments[1]),
    let launcher = RankLauncher(implementation)
  else { fatalError("rank-programs launch: no \(arguments[0])") }
  do {
    exit(
      try launcher.run(CommandLine.arguments[0], Array(arguments[2...]), ranks: ranks, as: "rank-programs"))
  } catch {
    fatalError("\(error)")
  }
}

/// Ends all ranks unless something holds.
func expect(_ holds: Bool, _ communicator: Communicator, _ sentence: @autoclosure () -> String) {
  if !holds { communicator.fail(with: "wrong: \(sentence()) (rank \(communicator.rank))") }
}
