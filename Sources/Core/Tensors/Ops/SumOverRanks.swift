/// The sum of a value over all processes that compute the same program in step: a collective operation.
///
/// A process that is alone computes nothing for it: its value is its input. One of several computes what it is made of, exchanges
/// it, and goes on: a program with such sums is cut there (`Program.stages`).
package struct SumOverRanks: Operation {
  package let name = "sumOverRanks"

  package init() {}

  package func resultType(of inputs: [TensorType]) throws(TypeMismatch) -> TensorType {
    guard inputs[0].dtype == .float32 else {
      throw TypeMismatch("ranks add float32 numbers up, not \(inputs[0].dtype)")
    }
    return inputs[0]
  }

  /// Of the ranks' losses together: each rank's value goes into the sum of all.
  package func gradients(of y: Tensor, inputs: [Tensor], upstream dy: Tensor) -> [Tensor?] {
    [dy.summedOverRanks()]
  }

  package func flops(inputs: [TensorType], result: TensorType) -> Int { 0 }
}

extension Tensor {
  /// The sum of this value, float32, over all ranks.
  package func summedOverRanks() -> Tensor { .apply(.sumOverRanks(SumOverRanks()), to: [self]) }
}
