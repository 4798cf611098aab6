import ArgumentParser
import Lemnos
import Training
import Wording
import Workloads

/// The command `lemnos bench steps`.
struct BenchSteps: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "steps",
    abstract: "Time training steps of eleven networks.",
    discussion: """
      A step is forward pass, loss, backward pass and update on float32 images of 3×32×32, or tokens, that are on the device, \
      and reading its loss. 'spread' is from the tenth of the times to the ninth, as a part of their median. 'of peak' compares a step \
      with what this device was just seen to do at most, in arithmetic (flops) or in memory traffic (bytes), whichever it is \
      nearer to.

      Workloads:
      \(Workload.allCases.map { "  \(Column.left($0.rawValue, 26))\($0.summary)" }.joined(separator: "\n"))

      Examples:
        lemnos bench steps
        lemnos bench steps --workload two-layer-net resnet18 --batch-size 1,7,33,256
        lemnos bench steps --workload resnet18 --without-rewrite channels-last
        lemnos bench steps --workload vgg-6 --weights w.safetensors --losses 10
      """)

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Which networks (default: all but gpt2, which takes gigabytes).", valueName: "name"),
    transform: { try Spelling.parse($0, as: Workload.self) })
  var workload: [Workload] = []

  @Option(
    help: ArgumentHelp("Images or texts per step (default: the workload's own).", valueName: "n,n,…"),
    transform: BenchSteps.sizes)
  var batchSize: [Int]?

  @OptionGroup var backend: BackendOptions

  @OptionGroup var rewriting: RewriteOptions

  @Option(
    help: ArgumentHelp(
      "Round the operands of products to this format (default: float32).", valueName: Precision.placeholder),
    transform: { try Spelling.parse($0, as: Precision.self) })
  var precision = Precision.float32

  @Option(
    help: ArgumentHelp(
      "Begin with these parameters: a safetensors file with one tensor for each, by their names in checkpoints.",
      valueName: "file"))
  var weights: String?

  @Option(
    help: ArgumentHelp(
      "Train on these batches: a safetensors file of images, float32 [batches, n, 3, 32, 32], and labels, int32 [batches, n]; or of tokens, int32 [batches, n, length + 1].",
      valueName: "file"))
  var batches: String?

  @Flag(help: "Leave dropout out, so that losses can be compared with others'.")
  var withoutDropout = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Print the losses of the first n steps, which are not timed.", valueName: "n"))
  var losses = 0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Read a loss after every so many steps, which are handed over together.", valueName: "n"))
  var readEvery = 1

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How long to time each; 0 for not at all.", valueName: "s"))
  var seconds = 2.0

  @Flag(help: "Print one JSON object for each loss and each time.")
  var json = false

  private static func sizes(_ text: String) throws -> [Int] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let size = Int(part), (1...100_000).contains(size) else {
        throw ValidationError(
          "'\(text)' is no list of batch sizes such as 100 or 1,7,33; each is from 1 to 100000.")
      }
      return size
    }
  }

  func validate() throws {
    guard (0...10_000).contains(losses) else {
      throw ValidationError("--losses is \(losses), but has to be from 0 to 10000.")
    }
    guard (1...1000).contains(readEvery) else {
      throw ValidationError("--read-every is \(readEvery), but has to be from 1 to 1000.")
    }
    guard (0...600).contains(seconds) else {
      throw ValidationError("--seconds is \(seconds), but has to be from 0 to 600.")
    }
    if weights != nil, workload.count != 1 {
      throw ValidationError("--weights are those of one network: name it with --workload.")
    }
    if batches != nil, batchSize != nil {
      throw ValidationError("--batches says how many images a step has: leave --batch-size out.")
    }
  }

  mutating func run() throws {
    var options = WorkloadRun.Options()
    options.precision = precision
    options.dropout = !withoutDropout
    if let weights { options.weights = (try Checkpoint(contentsOf: weights), weights) }
    let workloads = workload.isEmpty ? Workload.usual : workload
    let given = try batches.map { (file: try Checkpoint(contentsOf: $0), path: $0) }
    let isOne = workloads.count == 1 && (batchSize ?? []).count <= 1
    var peak: DevicePeak?
    var isFirst = true
    for workload in workloads {
      for size in batchSize ?? [workload.batchSize] {
        options.batchSize = size
        options.batches = try given.map { try WorkloadBatches($0.file, path: $0.path, for: workload) }
        let run = try WorkloadRun(workload, on: rewriting.choice(of: backend), options)
        if isFirst, !json { Terminal.write(StepTimeText.heading(run.backendReason, timed: seconds > 0)) }
        isFirst = false
        try show(losses: losses, of: run)
        let timing = seconds > 0 ? try Timing(seconds: seconds) { try run.advance(readEvery) } : nil
        // Before measuring the device's peak, which allocates memory too.
        let memory = isOne ? ResidentMemory.peakByteCount : nil
        if timing != nil, peak == nil { peak = try DevicePeak(on: backend.choice) }
        let time = StepTime(run, precision: precision, timing, steps: readEvery, peak: peak, memory: memory)
        if json { JSONLine.write(time) } else { Terminal.write(StepTimeText.row(time)) }
      }
    }
    if let peak, !json {
      let width = Terminal.isInteractive ? Terminal.width : Int.max
      Terminal.write(RateText.sentences(peak).wrapped(to: width).joined(separator: "\n") + "\n")
    }
  }

  private struct Loss: Encodable {
    let workload: String
    let batchSize: Int
    let step: Int
    let loss: Double
  }

  private func show(losses count: Int, of run: WorkloadRun) throws {
    guard count > 0 else { return }
    if !json { Terminal.write("\(run.workload.rawValue), batch of \(run.batchSize.grouped), losses:") }
    for step in 1...count {
      let loss = try run.advance()
      if json {
        JSONLine.write(
          Loss(workload: run.workload.rawValue, batchSize: run.batchSize, step: step, loss: loss))
      } else {
        Terminal.write(" \(NumberText.loss(loss))")
      }
    }
    if !json { Terminal.write("\n") }
  }
}
