import Execution
import Programs
import Tensors
import Wording

extension TrainingStep {
  /// The step as text: its program, or both of a step in micro-batches, with what is summed between them.
  ///
  /// - Parameter program: as the backend runs the first one.
  func listing(of program: Program, on backend: any Backend) -> String {
    guard let exchange else { return program.description }
    let buckets = BucketPlan(exchange.states).buckets
    let sums = buckets.enumerated().map { number, states in
      let what = states.count == 1 ? states[0].name : "\(states.count) small states, the loss among them"
      let bytes = states.reduce(0) { $0 + $1.byteCount }
      return "bucket \(number + 1) of \(buckets.count): the sum of \(what), \(bytes.inMegabytes())"
    }
    return
      ([program.description, "summed over micro-batches and ranks"] + sums.map { "  \($0)" }
      + ["", backend.planned(exchange.update).description]).joined(separator: "\n")
  }
}
