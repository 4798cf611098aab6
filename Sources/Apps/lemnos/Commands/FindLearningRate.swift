import ArgumentParser
import Files
import Lemnos
import Reports

/// The command `lemnos find-lr`.
struct FindLearningRate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "find-lr",
    abstract:
      "Look for a good learning rate: train some steps while it rises, and see how the loss takes it.",
    discussion: """
      The suggestion is the rate at which the loss falls fastest; where it begins to rise again is too high. The rate rises by \
      the same factor at every step, until the loss runs away.

      Examples:
        lemnos find-lr
        lemnos find-lr --model resnet18 --data cifar10 --steps 200 --out curve.html
        lemnos find-lr --optimizer adam --from 1e-7 --to 1 --json
      """)

  @OptionGroup var step: StepOptions

  @OptionGroup var backend: BackendOptions

  @Option(parsing: .unconditional, help: ArgumentHelp("The lowest learning rate.", valueName: "x"))
  var from = 1e-6

  @Option(parsing: .unconditional, help: ArgumentHelp("The highest.", valueName: "x"))
  var to = 10.0

  @Option(parsing: .unconditional, help: ArgumentHelp("Steps from the one to the other.", valueName: "n"))
  var steps = 100

  @Option(help: ArgumentHelp("A new HTML file for the curve.", valueName: "file"))
  var out: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard from > 0, to > from, to.isFinite else {
      throw ValidationError(
        "--from is \(from) and --to is \(to), but have to be above 0, the second above the first.")
    }
    guard (10...100_000).contains(steps) else {
      throw ValidationError("--steps is \(steps), but has to be from 10 to 100000.")
    }
    if step.isGiven("learning-rate") {
      throw ValidationError("--learning-rate is what is looked for; give --from and --to.")
    }
  }

  mutating func run() throws {
    var configuration = RunConfiguration()
    try configuration.set(step)
    configuration.learningRate = from
    let file = try out.map(NewFile.init)
    let trainer = try configuration.makeTrainer(
      on: backend.choice, schedule: ExponentialRise(ratio: to / from, steps: steps))
    Interrupt.catchFirst()
    let test = try trainer.rangeTest { Interrupt.isRequested }
    guard !Interrupt.isRequested else { throw Failure("stopped after step \(trainer.step)", code: 130) }
    let title = headline(configuration, trainer)
    if let file {
      try DurableFile.write([Array(test.report(title).html.utf8)], to: file.path)
    }
    if json {
      JSONLine.write(test)
    } else {
      Terminal.write("\(title)\nBackend: \(trainer.backendReason)\n\n\(test.text(width: Terminal.width))")
      if let file { Terminal.write("Saved in \(file.path).\n") }
    }
  }
}
