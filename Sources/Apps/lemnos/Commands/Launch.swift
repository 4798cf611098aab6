import ArgumentParser
import Files
import Lemnos
import MessagePassing

/// The command `lemnos launch`.
struct Launch: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a command as several processes of this machine that train together.",
    discussion: """
      The same as mpirun, for one machine: each process is a rank, computes its share of every batch, and has its share of the cores. Needs \
      Open MPI or MPICH, which Tools/setup --mpi installs. Over several machines, use mpirun itself.

      Any number of ranks has the same bits as long as the micro-batches are as many: --micro-batches.

      Examples:
        lemnos launch -n 2 train --model resnet18 --batch-size 64
        lemnos launch -n 4 --restarts 3 train --micro-batches 8 --batch-size 256 --out runs/four
        mpirun -np 4 lemnos train --model resnet18 --batch-size 256
      """)

  @Option(name: .customShort("n"), help: ArgumentHelp("How many ranks.", valueName: "ranks"))
  var count: Int

  @Option(
    help: ArgumentHelp(
      "Go on from the last checkpoint, up to n times, when a rank is lost (default: 0).", valueName: "n"))
  var restarts = 0

  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp("The command, such as train, and its options.", valueName: "command"))
  var command: [String] = []

  func validate() throws {
    guard (1...4096).contains(count) else {
      throw ValidationError("-n is \(count), but has to be from 1 to 4096.")
    }
    guard (0...1_000_000).contains(restarts) else {
      throw ValidationError("--restarts is \(restarts), but has to be from 0 to 1000000.")
    }
    guard restarts == 0 || Launch.folder(of: command) != nil else {
      throw ValidationError("--restarts goes on from the folder of the run: name it, by --out after train.")
    }
    // What is wrong with its options is said once, not by each rank.
    let options = Array(command.dropFirst())
    switch command.first {
    case "train": check(options, of: Train.self)
    case "doctor" where options.contains("--mpi"): check(options, of: Doctor.self)
    case let other:
      throw ValidationError(
        "'\(other ?? "")' is no command of several ranks: give train and its options, or doctor --mpi.")
    }
  }

  private func check<Command: ParsableCommand>(_ options: [String], of type: Command.Type) {
    do {
      _ = try type.parse(options)
    } catch {
      type.exit(withError: error)
    }
  }

  /// The exit code of a run that lost a rank.
  private static let lost: Int32 = 75

  mutating func run() throws {
    guard let launcher = RankLauncher() else {
      throw Failure(
        "there is no mpirun: install Open MPI or MPICH, by Tools/setup --mpi or as the package openmpi-bin",
        code: 69)
    }
    var (arguments, left) = (command, restarts)
    while true {
      let status = try launcher.run(OwnProgram.path, arguments, ranks: count)
      guard status == Launch.lost, left > 0, let folder = Launch.folder(of: arguments),
        FolderListing.size(of: CheckpointFolder.last(of: folder)) != nil
      else { throw ExitCode(status) }
      left -= 1
      Terminal.writeError(
        "lemnos: going on from \(CheckpointFolder.last(of: folder)); \(left) restarts are left\n")
      arguments = ["train", "--resume", folder] + Launch.kept(of: arguments)
    }
  }

  /// The folder of a run, by the options of `train`.
  private static func folder(of arguments: [String]) -> String? {
    for name in ["--out", "--resume"] {
      if let value = value(of: name, in: arguments) { return value }
    }
    return nil
  }

  private static func value(of name: String, in arguments: [String]) -> String? {
    for (index, word) in arguments.enumerated() {
      if word == name, index + 1 < arguments.count { return arguments[index + 1] }
      if word.hasPrefix("\(name)=") { return String(word.dropFirst(name.count + 1)) }
    }
    return nil
  }

  /// The options that a run that goes on may have, too.
  private static func kept(of arguments: [String]) -> [String] {
    [
      "--backend", "--device", "--threads", "--memory-limit", "--data-residency", "--data", "--epochs",
      "--save-every",
    ]
    .flatMap { name in value(of: name, in: arguments).map { [name, $0] } ?? [] }
      + ["--quiet", "-q", "--json"].filter(arguments.contains)
  }
}
