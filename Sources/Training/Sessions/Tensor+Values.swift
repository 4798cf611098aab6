public import Devices
import Execution
import Programs
public import Tensors

extension Tensor {
  /// Computes this tensor and returns its elements.
  ///
  /// States that it reads have their initial values. The compiled program is cached: tensors of the same
  /// form, with other constants, need no compilation.
  ///
  /// - Throws: `GraphError` if it is invalid, `BackendUnavailable` if there is no such backend.
  public func values(on choice: BackendChoice = .cpu) throws -> TensorValues {
    if let error { throw error }
    let graph = Graph([self])
    let key = CompiledForms.Key(choice: choice, form: graph.form)
    let compiled = try CompiledForms.shared.take(key) ?? CompiledForm(graph, on: choice)
    let values = try compiled.values(graph.constants)
    // Not after an error: the device may be lost.
    CompiledForms.shared.keep(compiled, under: key)
    return values
  }
}
