/// One collective after another, as one.
final class StageSequence: Stages {
  private let stages: [any Stages]
  private var current = 0

  init(_ stages: [any Stages]) { self.stages = stages }

  var isDone: Bool { current == stages.count }

  var awaited: [Int] { isDone ? [] : stages[current].awaited }

  func step() throws(MessagePassingError) -> Bool {
    var moved = false
    while current < stages.count {
      if try stages[current].step() { moved = true }
      guard stages[current].isDone else { break }
      current += 1
    }
    return moved
  }
}
