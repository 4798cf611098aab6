import Lemnos

/// Times training steps: alone, with the loss read after each, as interactive use does; and replayed, many to a submit.
///
/// Prints a JSON object for each workload, on a line of its own.
func benchmarkSteps(_ workloads: [Workload], on choice: BackendChoice, precision: Precision, seconds: Double)
  throws
{
  for workload in workloads {
    let trainer = try workload.trainer(on: choice, precision: precision)
    let single = try Timing(seconds: seconds) { try trainer.advance(1) }
    let steps = max(1, min(50, Int(seconds / 4 / single.median)))
    let replayed = try Timing(seconds: seconds) { try trainer.advance(steps) }
    print(
      """
      {"workload": "\(workload.rawValue)", "batch": \(workload.batchSize), "precision": "\(precision.rawValue)", \
      "device": "\(trainer.backendReason)", "read_ms": \(milliseconds(single.median)), \
      "read_minimum_ms": \(milliseconds(single.minimum)), "step_ms": \(milliseconds(replayed.median / Double(steps))), \
      "minimum_ms": \(milliseconds(replayed.minimum / Double(steps)))}
      """)
  }
}

private func milliseconds(_ seconds: Double) -> String {
  let micros = Int((seconds * 1e6).rounded())
  return "\(micros / 1000).\(String(1000 + micros % 1000).dropFirst())"
}
