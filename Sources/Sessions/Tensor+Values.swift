public import Backends
import Programs
public import Tensors

extension Tensor {
  /// Computes this tensor and returns its elements.
  ///
  /// States that it reads count with their initial values. What was compiled is kept for a while: computing tensors of the same
  /// form again, with other constants in them, compiles nothing.
  ///
  /// - Throws: `GraphError` if it is invalid, `BackendUnavailable` if there is no such backend.
  public func values(on choice: BackendChoice = .cpu) throws -> TensorValues {
    if let error { throw error }
    let graph = Graph([self])
    let key = CompiledForms.Key(choice: choice, form: graph.form)
    let compiled = try CompiledForms.shared.take(key) ?? CompiledForm(graph, on: choice)
    let values = try compiled.values(graph.constants)
    // Not where it threw: the device may be gone.
    CompiledForms.shared.keep(compiled, under: key)
    return values
  }
}
