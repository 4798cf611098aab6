import Lemnos
import Wording

/// The printed form of a plan: the program, its operation counts, and its memory.
struct PlanText {
  private let plan: StepPlan
  private let configuration: RunConfiguration
  private let images: ImageShape?
  private let width: Int

  /// The limit on table rows; the rest of the memory is one row.
  private static let mostRows = 12

  /// - Parameters:
  ///   - images: the size of synthetic images; nil with a data set.
  ///   - width: characters in a line.
  init(_ plan: StepPlan, of configuration: RunConfiguration, images: ImageShape?, width: Int) {
    (self.plan, self.configuration, self.images, self.width) = (plan, configuration, images, width)
  }

  var text: String {
    let opening = [headline, "Backend: \(plan.backend)"].flatMap { $0.wrapped(to: width) }
    let sections =
      [
        opening + listing, convolutions, memory.lines(width: width),
        peak.wrapped(to: width) + held.lines(width: width),
        [verdict, largest].flatMap { $0.wrapped(to: width) },
      ] + (plan.prediction.map { [PredictionText($0, of: plan.batchSize, width: width).lines] } ?? [])
    let texts = sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }
    return texts.joined(separator: "\n\n") + "\n"
  }

  /// The table of rewrites, in place of everything else.
  var rewrites: String {
    let sections = Rewrite.allCases.map { rewrite in
      let applied =
        switch plan.rewrites[rewrite.name] {
        case nil: "not used"
        case 1: "applied once"
        case let count?: "applied \(count.grouped) times"
        }
      let lines = ["\(rewrite.pattern) → \(rewrite.replacement)", "gain: \(rewrite.gain)"]
      return ["\(rewrite.name), \(applied)"]
        + lines.flatMap { $0.wrapped(to: max(width - 2, 20)).map { "  " + $0 } }
    }
    let opening = [headline, "Backend: \(plan.backend)"].flatMap { $0.wrapped(to: width) }
    return ([opening] + sections).map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
  }

  private var headline: String {
    let layers = configuration.hidden.map(String.init).joined(separator: ", ")
    let model = configuration.model.rawValue + (layers.isEmpty ? "" : " (hidden \(layers))")
    let source =
      images.map { "images of \($0)" }
      ?? "the \((plan.trainingImages ?? 0).grouped) \(configuration.noun) of \(configuration.data)"
    return
      "\(model), \(plan.parameters.grouped) parameters, on batches of \(plan.batchSize.grouped) of \(source)"
  }

  /// The program, with long lines wrapped and indented.
  private var listing: [String] {
    plan.listing.split(separator: "\n").flatMap { line -> [String] in
      guard line.count > width else { return [String(line)] }
      let indent = String(line.prefix { $0 == " " })
      let lines = String(line).wrapped(to: max(width - indent.count - 4, 20))
      return lines.enumerated().map { indent + ($0 == 0 ? "" : "    ") + $1 }
    }
  }

  /// The algorithm of each convolution, and why; empty without convolutions.
  private var convolutions: [String] {
    guard !plan.convolutions.isEmpty else { return [] }
    var table = TextTable([
      .number("level", rank: 0), .text("convolution"), .text("layer"), .name("algorithm"),
      .text("because"),
    ])
    for choice in plan.convolutions {
      table.add(["\(choice.level)", choice.pass, choice.layer, choice.algorithm, choice.reason])
    }
    return table.lines(width: width)
  }

  private var memory: TextTable {
    let memory = plan.memory
    var table = TextTable([.text("memory"), .number("MB")])
    func row(_ name: String, _ bytes: Int) { table.add([name, megabytes(bytes)]) }
    row("parameters", memory.parameters)
    row("running statistics", memory.statistics)
    row("the optimizer's", memory.optimizer)
    row(images(streamed: plan.streaming), memory.images)
    row("counters, losses, constants", memory.other)
    row("arena of a step", memory.arena)
    if let evaluation = memory.evaluation { row("evaluation", evaluation) }
    if memory.unused > 0 { row("workspace, unused parts", memory.unused) }
    row("total", memory.total)
    return table
  }

  private func images(streamed streaming: Streaming?) -> String {
    if let streaming { return "\(configuration.noun), streamed: a ring of \(streaming.batches) batches" }
    return plan.trainingImages == nil ? "images of one batch" : "\(configuration.noun) to train on"
  }

  private var peak: String {
    let peak = plan.peak
    let values = peak.values.count == 1 ? "1 value" : "\(peak.values.count.grouped) values"
    return "The arena holds most at level \(peak.level): \(megabytes(peak.bytes)) MB in \(values)."
  }

  private var held: TextTable {
    var table = TextTable([
      .text("value"), .text("layer"), .text("shape"), .number("MB"), .number("levels", rank: 0),
    ])
    for value in plan.peak.values.prefix(Self.mostRows) {
      table.add([
        value.name, value.layer, value.shape, megabytes(value.bytes), "\(value.first)–\(value.last)",
      ])
    }
    let others = plan.peak.values.dropFirst(Self.mostRows)
    if !others.isEmpty {
      table.add(["", "\(others.count.grouped) others", "", megabytes(others.reduce(0) { $0 + $1.bytes }), ""])
    }
    return table
  }

  private var verdict: String {
    if let obstacle = plan.obstacle {
      let hasBlocks = !configuration.model.hasHiddenLayers && configuration.recomputation != .blocks
      return "It does not fit: \(obstacle)." + (hasBlocks ? " With --recompute blocks it takes less." : "")
    }
    guard let most = plan.device.available ?? plan.device.byteCount else {
      return "How much memory the device has is not known."
    }
    let streamed =
      plan.streaming.map { " The \(configuration.noun) are \(streamingText($0, .automatic, configuration))" }
      ?? ""
    let there =
      "\(megabytes(most)) MB \(plan.device.isCutByRequest ? "that it may take" : "of the device's memory")"
    return
      "It fits: of \(there) it takes \(megabytes(plan.memory.total)) MB.\(streamed)"
  }

  private var largest: String {
    let (noun, one) = (configuration.noun, String(configuration.noun.dropLast()))
    guard let largest = plan.largestBatchSize else {
      return "Not even a batch of one \(one) fits"
        + (plan.trainingImages == nil ? "." : "; --train-samples trains on fewer \(noun).")
    }
    let images = largest == 1 ? "1 \(one)" : "\(largest.grouped) \(noun)"
    return largest == plan.trainingImages
      ? "All \(images) would fit into one batch." : "The largest batch that fits has \(images)."
  }

  private func megabytes(_ bytes: Int) -> String { NumberText.decimal(Double(bytes) / 1e6, 2) }
}
