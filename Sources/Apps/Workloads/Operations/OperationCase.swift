package import Lemnos
import Execution
import Programs
import Tensors

/// One operation of one size, for benchmarks.
package struct OperationCase {
  package let name: String
  private let inputs: [State]
  private let results: [Tensor]
  private let assignments: [Assignment]

  /// All operations that `lemnos bench ops` times.
  package static var all: [OperationCase] {
    products + convolutions + normalizations + poolings + attentions + recurrences + losses + reductions
      + pointwise
      + updates
  }

  init(_ name: String, inputs: [State], results: [Tensor] = [], assignments: [Assignment] = []) {
    (self.name, self.inputs, self.results, self.assignments) = (name, inputs, results, assignments)
  }

  /// Random numbers of mean 0 and variance 1.
  static func input(_ name: String, _ shape: Shape) -> State {
    State(name, shape, role: .data, initial: .normal(standardDeviation: 1))
  }

  /// Two cases: the forward pass, and the forward and backward passes as one program.
  ///
  /// - Parameter inputs: gradients are taken with respect to them; the upstream gradient is added.
  static func bothWays(_ name: String, _ inputs: [State], _ y: Tensor) -> [OperationCase] {
    let upstream = input("dy", y.shape)
    let backward = gradients(of: y, upstream: upstream.value, at: inputs.map(\.value))
    return [
      OperationCase("\(name), forward", inputs: inputs, results: [y]),
      OperationCase("\(name), forward and backward", inputs: inputs + [upstream], results: [y] + backward),
    ]
  }

  /// The measurement on a backend.
  package struct Measurement {
    package let timing: Timing

    /// Arithmetic operations by definition, independent of the implementation.
    package let flops: Int

    /// Bytes of inputs and outputs, each counted once.
    package let bytes: Int
  }

  /// - Parameter choice: opened for this measurement only, because a backend retains the memory of states.
  package func measure(on choice: BackendChoice, seconds: Double) throws -> Measurement {
    let backend = try choice.open().backend
    let done = State("done", [], dtype: .int32, role: .progress)
    let outputs = results.enumerated().map { (name: "result \($0)", tensor: $1) }
    let definition = try Program(name, outputs: outputs, assignments: assignments)
    let executable = try backend.compile(
      Program(name, outputs: outputs, assignments: assignments + [Assignment(done, done.value + 1)]))
    let timing = try Timing(ofOneAmongMany: seconds) { count in
      try executable.run(steps: count)
      _ = try backend.read(done)  // waits for an asynchronous device
    }
    let written = results.map { $0.shape.count * $0.dtype.byteCount } + assignments.map(\.state.byteCount)
    return Measurement(
      timing: timing, flops: definition.flops, bytes: (inputs.map(\.byteCount) + written).reduce(0, +))
  }
}

/// Sizes for display: 64×3×32×32.
func sizes(_ extents: [Int]) -> String { extents.map(String.init).joined(separator: "×") }
