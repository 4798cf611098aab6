import Execution
import Programs
import Tensors

/// The values of some tensors on a backend, computed by one program.
///
/// - Parameter values: the states' values; other states have their initial values.
func results(
  _ tensors: [Tensor], on backend: any Backend, with values: [(state: State, values: TensorValues)] = []
) throws -> [[Double]] {
  for (state, values) in values { try backend.write(values, to: state) }
  let program = try Program("results", outputs: tensors.enumerated().map { ("\($0.offset)", $0.element) })
  let executable = try backend.compile(program)
  try executable.run(steps: 1)
  return try tensors.indices.map { try executable.output($0).doubles }
}

/// The largest absolute difference of two lists of numbers; infinite if they differ in length, NaN if a
/// number is NaN.
func distance(_ a: [Double], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { greatest, pair in
    let difference = abs(pair.0 - pair.1)
    return greatest.isNaN || difference <= greatest ? greatest : difference
  }
}
