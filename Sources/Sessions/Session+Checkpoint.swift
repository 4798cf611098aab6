public import Checkpoints
import Programs
public import Tensors

extension Session {
  /// What some states hold, under their names: to be written to a file.
  ///
  ///     try session.checkpoint(of: model.states).write(to: "model.safetensors")
  public func checkpoint(of states: [State], metadata: [String: String] = [:]) throws -> Checkpoint {
    var checkpoint = Checkpoint(metadata: metadata)
    for state in states { checkpoint.tensors[state.name] = try values(of: state) }
    return checkpoint
  }

  /// Gives states the values that a checkpoint has under their names.
  ///
  /// - Parameter path: of the file, for errors.
  /// - Throws: `CheckpointError` for a state that it has not, that has another shape or type there, or a parameter that is not
  ///   finite; then nothing has changed.
  public func load(_ checkpoint: Checkpoint, path: String, into states: [State]) throws {
    let values = try states.map { ($0, try checkpoint.values(of: $0, path: path)) }
    for (state, values) in values { try backend.write(values, to: state) }
  }
}
