import ArgumentParser
import Files
import Lemnos

/// The command `lemnos profile`.
struct Profile: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say where the time of a training step goes.",
    discussion: """
      Trains a few steps with the time noted around every kernel, and lists kernels by time. 'of peak' compares a kernel \
      with what this device was just seen to do at most, in arithmetic (flops) or in memory traffic (bytes), whichever it is \
      nearer to; what stays in a cache may be above. trace.json opens in ui.perfetto.dev and chrome://tracing.

      Examples:
        lemnos profile
        lemnos profile --model resnet18 --steps 2 --out profile
        lemnos profile --model three-layer-convnet --backend vulkan --json
      """)

  @OptionGroup var step: StepOptions

  @OptionGroup var backend: BackendOptions

  @OptionGroup var tuning: TuningOptions

  @Option(parsing: .unconditional, help: ArgumentHelp("Steps to profile.", valueName: "n"))
  var steps = 5

  @Option(
    help: ArgumentHelp("A folder to make for trace.json and profile.json.", valueName: "folder"))
  var out: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    try tuning.check(backend)
    guard (1...1000).contains(steps) else {
      throw ValidationError("--steps is \(steps), but has to be from 1 to 1000.")
    }
  }

  mutating func run() throws {
    var configuration = RunConfiguration()
    try configuration.set(step)
    try configuration.check()
    let folder = try out.map { try NewFolder(creating: $0) }
    do {
      let trainer = try configuration.makeTrainer(on: backend.choice, tuning: tuning.tune)
      let profile = try trainer.profile(steps: steps, comparedWith: DevicePeak(on: backend.choice))
      if let folder {
        try DurableFile.write([Array(JSONLine.text(profile).utf8)], to: "\(folder.path)/profile.json")
        try DurableFile.write(
          [Array(JSONLine.text(StepTrace(profile)).utf8)], to: "\(folder.path)/trace.json")
      }
      if json {
        JSONLine.write(profile)
      } else {
        let width = Terminal.isInteractive ? Terminal.width : Int.max
        let title = headline(configuration, trainer)
        Terminal.write(
          ProfileText(profile, of: title, precision: trainer.precisionReason, width: width).text)
        if let folder { Terminal.write("Saved in \(folder.path): profile.json, trace.json.\n") }
      }
    } catch {
      folder?.removeIfEmpty()
      throw error
    }
  }
}
