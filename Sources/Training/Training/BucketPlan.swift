import Execution
import Programs
import Tensors

/// Which gradients are summed together over ranks, and in what order.
///
/// The same for all ranks, whatever each of them computes with: it follows from the states alone.
struct BucketPlan {
  /// The last one has all small states, with the loss as its last.
  let buckets: [[State]]

  /// Gradients of more floats are buckets of their own; smaller ones share one.
  private static let ownBucket = 1 << 16

  /// - Parameter states: in the order of the forward pass, the loss last.
  init(_ states: [State]) {
    // The backward pass makes the last parameters' gradients first.
    let large = states.reversed().filter { $0.shape.count > Self.ownBucket }
    buckets = large.map { [$0] } + [states.filter { $0.shape.count <= Self.ownBucket }]
  }

  /// For each instruction of a program, how many more buckets may be summed after it.
  ///
  /// In order, because all ranks have to begin sums in the same one, so that a bucket waits for those before it. The last is left out: it
  /// is complete with the program.
  static func readiness(of buckets: [[State]], in program: Program) -> [Int] {
    var waiting = buckets.dropLast().map { Set($0) }
    var next = 0
    return program.completedStates.map { states in
      for index in waiting.indices { waiting[index].subtract(states) }
      let first = next
      while next < waiting.count, waiting[next].isEmpty { next += 1 }
      return next - first
    }
  }
}
