/// A collective under way: poll `advance()` between other work, or `wait()`.
///
/// All ranks have to start the same collectives in the same order; any number may be under way. The memory that was handed over has
/// to stay in place until it is done, even if this object is dropped.
package final class Collective {
  package let name: ActivityName

  private unowned let communicator: Communicator

  /// What is left to do; nil when done.
  private var stages: (any Stages)?

  init(_ name: ActivityName, _ stages: any Stages, _ communicator: Communicator) {
    (self.name, self.stages, self.communicator) = (name, stages, communicator)
  }

  package var isDone: Bool { stages == nil }

  /// Lets all collectives under way go on.
  ///
  /// - Returns: true if this one is done.
  package func advance() throws(MessagePassingError) -> Bool {
    if !isDone { _ = try communicator.advance() }
    return isDone
  }

  /// Waits until it is done, letting others that are under way go on.
  package func wait() throws(MessagePassingError) {
    try communicator.wait { isDone }
  }

  /// Ranks whose messages have not come or not gone.
  var awaited: [Int] { stages?.awaited ?? [] }

  /// One poll; true if anything has moved.
  func step() throws(MessagePassingError) -> Bool {
    guard let stages else { return false }
    let moved = try stages.step()
    if stages.isDone {
      self.stages = nil
      return true
    }
    return moved
  }
}

/// The state of a collective: what has been sent and received, and what comes next.
protocol Stages: AnyObject {
  var isDone: Bool { get }

  /// Ranks that it waits for.
  var awaited: [Int] { get }

  /// Does what can be done without waiting.
  ///
  /// - Returns: true if anything has moved.
  func step() throws(MessagePassingError) -> Bool
}
