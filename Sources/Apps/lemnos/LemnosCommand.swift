import ArgumentParser
import Lemnos

/// The program `lemnos`.
@main
struct LemnosCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lemnos",
    abstract: "Train neural networks on any GPU that speaks Vulkan, and on the CPU when there is none.",
    discussion: """
      Start with:
        lemnos train
        lemnos train --watch

      Exit codes:
        0    done
        1    a gradient is wrong (gradcheck), backends part (diff), or a picture cannot be read (predict)
        2    something is broken (doctor)
        3    the loss is no longer a finite number; the last good checkpoint is kept
        64   an option is wrong
        65   data, a model or a checkpoint cannot be used
        66   a file or folder is missing
        69   a backend, the network, a program or enough memory is not available
        70   a mistake in Lemnos
        73   a file or folder cannot be written
        75   a rank of several was lost; the last good checkpoint is kept
        130  interrupted by Ctrl-C; a training run was saved
      """,
    version: "lemnos \(LemnosVersion.current)",
    subcommands: [
      Train.self, Launch.self, FindLearningRate.self, Evaluate.self, Predict.self, Sample.self, Watch.self,
      ListRuns.self,
      ReportRuns.self, Export.self, Import.self, Summary.self, Plan.self, Profile.self, Diff.self,
      GradCheck.self, Bench.self, Reproduce.self, Devices.self, Data.self, Doctor.self,
    ])

  static func main() {
    MemoryRefusal.watch()
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      guard let failure = Failure(error) else { exit(withError: error) }
      Terminal.writeError("lemnos: \(failure.message)\n")
      exit(withError: ExitCode(failure.code))
    }
  }
}
