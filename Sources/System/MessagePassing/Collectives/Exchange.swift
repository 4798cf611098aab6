/// Messages to and from one rank, in order, few of them under way at a time.
final class Exchange {
  enum Direction {
    case send
    case receive
  }

  /// Two messages are under way, so that the next travels while this one is being dealt with.
  static let window = 2

  let peer: Int
  let count: Int
  /// Messages that are done.
  private(set) var done = 0
  private var started = 0
  private var underWay: [Request] = []
  private let start: (Int) throws(MessagePassingError) -> Request

  /// - Parameters:
  ///   - count: messages.
  ///   - start: begins that of an index.
  init(_ peer: Int, count: Int, start: @escaping (Int) throws(MessagePassingError) -> Request) {
    (self.peer, self.count, self.start) = (peer, count, start)
  }

  var isDone: Bool { done == count }

  /// - Parameter limit: messages from this index on must not be started yet.
  /// - Returns: true if anything has moved.
  func step(limit: Int = .max) throws(MessagePassingError) -> Bool {
    var moved = false
    while true {
      while started < min(count, limit), underWay.count < Self.window {
        underWay.append(try start(started))
        started += 1
        moved = true
      }
      guard let first = underWay.first, try first.advance() else { return moved }
      underWay.removeFirst()
      done += 1
      moved = true
    }
  }
}
