import Devices
import Execution
import Programs
import Synchronization
import Tensors

/// A compiled program for one output of a graph, with its backend.
final class CompiledForm {
  private let backend: any Backend
  private let executable: any Executable
  private let constants: [State]
  /// Its memory in bytes.
  let byteCount: Int

  init(_ graph: Graph, on choice: BackendChoice) throws {
    constants = graph.constants.enumerated().map {
      State("constant \($0)", $1.shape, dtype: $1.dtype, role: .input)
    }
    backend = try choice.open().backend
    let program = Program("values", graph, outputs: ["value"], constantsFrom: constants)
    byteCount = backend.need(of: [backend.planned(program)]).byteCount
    executable = try backend.compile(program)
  }

  func values(_ values: [TensorValues]) throws -> TensorValues {
    for (state, values) in zip(constants, values) { try backend.write(values, to: state) }
    try executable.run(steps: 1)
    return try executable.output(0)
  }
}

/// A cache of recently used forms; a form in use is removed from it.
final class CompiledForms: Sendable {
  struct Key: Hashable {
    let choice: BackendChoice
    let form: Graph.Form
  }

  static let shared = CompiledForms()

  /// Small limits: it serves loops that compute the same expression repeatedly.
  private static let mostForms = 16
  private static let mostBytes = 4 << 20

  /// Owned by its user while taken, otherwise by the locked table.
  private struct Kept: @unchecked Sendable {
    let key: Key
    let form: CompiledForm
  }

  /// In order of use, the most recent last.
  private let kept = Mutex<[Kept]>([])

  func take(_ key: Key) -> CompiledForm? {
    kept.withLock { kept in
      kept.lastIndex { $0.key == key }.map { kept.remove(at: $0) }
    }?.form
  }

  func keep(_ form: CompiledForm, under key: Key) {
    guard form.byteCount <= Self.mostBytes else { return }
    let item = Kept(key: key, form: form)
    // The evicted form is freed outside the lock.
    let dropped = kept.withLock { kept -> Kept? in
      kept.append(item)
      return kept.count > Self.mostForms ? kept.removeFirst() : nil
    }
    withExtendedLifetime(dropped) {}
  }
}
