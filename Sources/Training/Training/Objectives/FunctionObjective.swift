public import Tensors

/// An objective defined by a function.
///
///     let objective = FunctionObjective { batch, pass in
///       Outcome(losses: meanSquaredError(model.forward(batch["x"], in: pass), batch["y"]))
///     }
public struct FunctionObjective: Objective {
  public let monitored: Monitored
  private let body: @Sendable (Batch, Pass) throws -> Outcome

  public init(
    monitoring monitored: Monitored = .loss,
    _ measure: @escaping @Sendable (_ batch: Batch, _ pass: Pass) throws -> Outcome
  ) {
    (self.monitored, body) = (monitored, measure)
  }

  public func measure(_ batch: Batch, in pass: Pass) throws -> Outcome { try body(batch, pass) }
}
