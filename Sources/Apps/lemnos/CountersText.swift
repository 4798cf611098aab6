import Lemnos
import Wording

/// A run's counters as lines that fit into the terminal: compilation, transfers, checkpoints.
func countersText(_ counters: TrainingCounters, _ checkpoints: CheckpointFolder.Times) -> String {
  var lines = ["Counters of \(counters.backend)"]
  if let before = counters.untilFirstStep, let since = counters.sinceFirstStep, let replay = counters.replay {
    lines.append("Until the first step was done: \(made(before)); \(plural(before.transfers, "transfer")).")
    lines.append(
      "Since then: \(made(since)); \(plural(since.transfers, "transfer")) of losses, results and parameters.")
    if let host = counters.hostMicrosecondsPerStep {
      lines.append(
        "\(plural(replay.steps, "step")) replayed in \(plural(replay.submissions, "submit")): "
          + "\(NumberText.decimal(Double(replay.submissions) / Double(replay.steps), 3)) submits, "
          + "\(NumberText.decimal(Double(replay.dispatches) / Double(replay.steps), 0)) dispatches and "
          + "\(NumberText.decimal(host, 2)) µs of host time a step, without waiting.")
    }
  } else {
    lines.append("It runs kernels in place: there is nothing to record or to submit.")
  }
  if let ranks = counters.ranks {
    lines.append(
      "Each step sums \(ranks.byteCount.inMegabytes()) in \(plural(ranks.buckets, "bucket")) over \(ranks.count) ranks: "
        + "\(NumberText.decimal(1e3 * ranks.exposedSeconds, 2)) of \(NumberText.decimal(1e3 * ranks.stepSeconds, 2)) ms "
        + "(\(NumberText.decimal(100 * ranks.exposedSeconds / ranks.stepSeconds, 1)) %) are not covered by the backward pass."
    )
  }
  if let first = counters.residentAtFirstEpoch, let now = counters.resident {
    lines.append(
      "Resident memory: \(first.inMegabytes()) after the first epoch, \(now.inMegabytes()) after the last.")
  }
  if checkpoints.count > 0 {
    lines.append(
      "\(plural(checkpoints.count, "checkpoint")), on the disk in \(milliseconds(checkpoints.longestWrite)) at most; "
        + "training waited \(milliseconds(checkpoints.longestWait)) at most for one.")
  }
  let width = Terminal.isInteractive ? Terminal.width : Int.max
  return lines.flatMap { $0.wrapped(to: width) }.joined(separator: "\n") + "\n"
}

private func made(_ counters: BackendCounters) -> String {
  "\(plural(counters.allocations, "allocation")) (\(counters.allocatedByteCount.inMegabytes())), "
    + "\(plural(counters.pipelines, "pipeline")) (\(plural(counters.compilations, "kernel")) compiled), \(plural(counters.descriptorSets, "descriptor set")), "
    + plural(counters.recordings, "recording")
}

private func milliseconds(_ seconds: Double) -> String { "\(NumberText.decimal(1e3 * seconds, 0)) ms" }

private func plural(_ count: Int, _ word: String) -> String {
  "\(count.grouped) \(word)\(count == 1 ? "" : "s")"
}
