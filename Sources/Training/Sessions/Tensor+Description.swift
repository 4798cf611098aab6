import Programs
public import Tensors

extension Tensor: CustomStringConvertible {
  /// Type, shape and values, computed on the CPU; for a tensor that reads states, their names; for an invalid
  /// one, its error.
  public var description: String {
    if let error { return "\(error)" }
    let states = Graph([self]).entries.compactMap { entry -> String? in
      if case .source(.state(let state)) = entry.op { state.name } else { nil }
    }
    guard states.isEmpty else {
      let names = Set(states).sorted().prefix(4).joined(separator: ", ")
      return "\(dtype)\(shape), computed from \(names)\(Set(states).count > 4 ? ", …" : "")"
    }
    do { return "\(try values())" } catch { return "\(dtype)\(shape), which cannot be computed: \(error)" }
  }
}
