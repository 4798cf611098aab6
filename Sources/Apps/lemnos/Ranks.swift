import ArgumentParser
import Lemnos
import MessagePassing
import Training

/// A command as one of several ranks, as mpirun or `lemnos launch` starts them.
enum Ranks {
  /// The exit code after Ctrl-C.
  static let interrupted: Int32 = 130

  /// The exit code of a loss that is no longer finite.
  private static let diverged: Int32 = 3

  /// Runs a command; without a launcher it is alone, and no MPI is looked for.
  ///
  /// An error of one rank ends all of them with its sentence, printed once.
  static func run(_ command: (Communicator?) throws -> Void) throws {
    var settings = CommunicatorSettings()
    settings.advice = "the last checkpoint is good: go on from it with --resume"
    let ranks: Communicator
    do {
      ranks = try Communicator.open(settings)
    } catch {
      throw Failure(error.description, code: error.code)
    }
    guard ranks.size > 1 else { return try command(nil) }
    do {
      try command(ranks)
      try ranks.finish()
    } catch let error as MessagePassingError {
      ranks.end(after: error)
    } catch {
      guard let failure = Failure(error) else {
        // The argument parser's own words.
        ranks.fail(with: Train.message(for: error), code: 64)
      }
      // These all ranks come to together.
      guard [interrupted, diverged].contains(failure.code) else {
        ranks.fail(with: failure.message, code: failure.code)
      }
      do {
        try ranks.finish()
      } catch {
        ranks.end(after: error)
      }
      if ranks.rank == 0 { throw failure }
      throw ExitCode(failure.code)
    }
  }

  /// Gives the ranks of a run micro-batches to share.
  static func share(_ configuration: inout RunConfiguration, among ranks: Communicator) {
    configuration.microBatches = configuration.microBatches ?? ranks.size
  }

  /// The backend of one rank: of several on one host each takes its share of the cores, unless mpirun has bound it to some, and with
  /// `--device local` a device of its own.
  static func choice(_ options: BackendOptions, among ranks: Communicator?) throws -> BackendChoice {
    var options = options
    if options.device == .local { options.device = try ownDevice(among: ranks) }
    guard let ranks, options.threads == nil else { return options.choice }
    return .limited(
      options.choice, to: BackendLimits(threads: Processor.threads(ofProcesses: ranks.localSize)))
  }

  /// The graphics card of a rank among those of its host; software devices only where there are no cards.
  private static func ownDevice(among ranks: Communicator?) throws -> DeviceName {
    let (rank, count) = (ranks?.localRank ?? 0, ranks?.localSize ?? 1)
    let usable = try ComputeDevice.all().filter { $0.missingFeature == nil }
    let cards = usable.filter(\.isRealGPU)
    let devices = cards.isEmpty ? usable : cards
    guard count <= devices.count else {
      let host = ranks.map { " on \($0.host)" } ?? ""
      throw Failure(
        "--device local is a device for each rank, but there are \(count) ranks\(host) and \(devices.count) "
          + "device\(devices.count == 1 ? "" : "s"); start fewer, or name the device that they share",
        code: 69)
    }
    return DeviceName("\(devices[rank].number)")
  }

  /// What all ranks have to have in common.
  static func facts(
    of configuration: RunConfiguration, _ trainer: Trainer
  ) throws -> [(name: String, value: String)] {
    let metadata = try configuration.metadata.sorted { $0.key < $1.key }
    return [("the step", "\(trainer.step)")] + trainer.commonFacts
      + metadata.map { (name: $0.key == "lemnos.run" ? "the settings" : "the version", value: $0.value) }
  }
}
