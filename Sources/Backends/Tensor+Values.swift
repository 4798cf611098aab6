import Programs
public import Tensors

extension Tensor {
  /// Computes this tensor and returns its elements.
  ///
  /// States that it reads count with their initial values.
  ///
  /// - Throws: `GraphError` if it is invalid, `BackendUnavailable` if there is no such backend.
  public func values(on choice: BackendChoice = .cpu) throws -> TensorValues {
    let executable = try choice.open().backend.compile(Program("values", outputs: [("value", self)]))
    try executable.run(steps: 1)
    return try executable.output(0)
  }
}
