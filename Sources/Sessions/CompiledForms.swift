import Backends
import Programs
import Synchronization
import Tensors

/// A program for one output of a graph, with what it is run on.
final class CompiledForm {
  private let backend: any Backend
  private let executable: any Executable
  private let constants: [State]
  /// What it keeps in memory.
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

/// The forms that were computed last, each while nobody is computing it.
final class CompiledForms: Sendable {
  struct Key: Hashable {
    let choice: BackendChoice
    let form: Graph.Form
  }

  static let shared = CompiledForms()

  /// Few, and small ones: this is for loops that compute the same thing again.
  private static let mostForms = 16
  private static let mostBytes = 4 << 20

  /// Belongs to whoever took it, and otherwise to the table, which is locked.
  private struct Kept: @unchecked Sendable {
    let key: Key
    let form: CompiledForm
  }

  /// The last one that was used comes last.
  private let kept = Mutex<[Kept]>([])

  func take(_ key: Key) -> CompiledForm? {
    kept.withLock { kept in
      kept.lastIndex { $0.key == key }.map { kept.remove(at: $0) }
    }?.form
  }

  func keep(_ form: CompiledForm, under key: Key) {
    guard form.byteCount <= Self.mostBytes else { return }
    let item = Kept(key: key, form: form)
    // What falls out is freed after the lock is open again.
    let dropped = kept.withLock { kept -> Kept? in
      kept.append(item)
      return kept.count > Self.mostForms ? kept.removeFirst() : nil
    }
    withExtendedLifetime(dropped) {}
  }
}
