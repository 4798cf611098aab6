import Lemnos
import MessagePassing
import Wording

/// What a step takes on several ranks, measured in parts and predicted as a whole.
struct ClusterText {
  /// A number of ranks, and the examples that each takes.
  struct Row: Encodable {
    let share: Int
    let prediction: ClusterPrediction
  }

  let batchSize: Int
  let link: ClusterPrediction.Link
  let ranksPerHost: Int
  let rows: [Row]

  /// Measures the share of a rank for each number of ranks, 1, 2, 4 and so on.
  ///
  /// - Throws: `Failure` if the batch cannot be shared out to so many.
  init(_ configuration: RunConfiguration, _ options: ClusterOptions, on backend: BackendChoice) throws {
    let most = options.ranks ?? 1
    (batchSize, link, ranksPerHost) = (configuration.batchSize, options.way, options.ranksPerHost ?? 1)
    guard batchSize % most == 0 else {
      throw Failure(
        "a batch of \(batchSize) has no \(most) equal shares; choose a --batch-size that \(most) divides",
        code: 64)
    }
    let data = try RunData(of: configuration)
    var rows: [Row] = []
    var count = 1
    while true {
      if batchSize % count == 0 {
        var share = configuration
        share.microBatches = count
        let timing = try share.makeTrainer(on: backend, with: data).timeExchange(rounds: 5)
        rows.append(
          Row(
            share: batchSize / count,
            prediction: ClusterPrediction(
              of: timing, ranks: count, ranksPerHost: ranksPerHost, over: link,
              oneRoundLimit: CommunicatorSettings().oneRoundLimit)))
      }
      if count == most { break }
      count = min(2 * count, most)
    }
    self.rows = rows
  }

  func text(width: Int) -> String {
    let opening =
      "A batch of \(batchSize.grouped) on ranks that send \(NumberText.decimal(link.bandwidth / 1e6, 0)) MB/s with a latency of "
      + "\(NumberText.decimal(link.latency * 1e6, 1)) µs, \(ranksPerHost) to a machine like this one. Gradients and update are measured, "
      + "sums predicted."
    var table = TextTable([
      .number("ranks", rank: 0), .number("examples each"), .number("gradients ms"), .number("update ms"),
      .number("sums ms"), .number("not covered ms"), .number("step ms"), .number("examples/s"),
      .number("efficiency"),
    ])
    func milliseconds(_ seconds: Double) -> String { NumberText.decimal(seconds * 1e3, 2) }
    for row in rows {
      let step = row.prediction
      let machines = Double((step.ranks + ranksPerHost - 1) / ranksPerHost)
      let efficiency = rows[0].prediction.seconds / (step.seconds * machines)
      table.add([
        "\(step.ranks)", "\(row.share)", milliseconds(step.gradients), milliseconds(step.update),
        milliseconds(step.sums), milliseconds(step.exposed), milliseconds(step.seconds),
        Int(Double(batchSize) / step.seconds).grouped, "\(NumberText.decimal(100 * efficiency, 0)) %",
      ])
    }
    return (opening.wrapped(to: width) + table.lines(width: width)).joined(separator: "\n") + "\n"
  }
}
