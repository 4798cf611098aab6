public import Checkpoints
import Execution
import Programs
public import Tensors

extension Session {
  /// The values of some states, by name, to be written to a file.
  ///
  ///     try session.checkpoint(of: model.states).write(to: "model.safetensors")
  public func checkpoint(of states: [State], metadata: [String: String] = [:]) throws -> Checkpoint {
    var checkpoint = Checkpoint(metadata: metadata)
    for state in states { checkpoint.tensors[state.name] = try values(of: state) }
    return checkpoint
  }

  /// Sets states to a checkpoint's values, by name.
  ///
  /// Adapters are merged into their weights, unless they are among the states.
  ///
  /// - Parameter path: of the file, for errors.
  /// - Throws: `CheckpointError` for a state that is missing, has another shape or type, or is a non-finite
  ///   parameter; then nothing has changed.
  public func load(_ checkpoint: Checkpoint, path: String, into states: [State]) throws {
    let checkpoint = try checkpoint.fitting(states, path: path)
    let values = try states.map { ($0, try checkpoint.values(of: $0, path: path)) }
    for (state, values) in values { try backend.write(values, to: state) }
  }
}
