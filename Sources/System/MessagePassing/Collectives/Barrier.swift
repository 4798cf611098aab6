/// Nobody goes on before all are here, in log₂ N rounds.
///
/// - SeeAlso: Hensgen, Finkel & Manber 1988, "Two algorithms for barrier synchronization": in round k each tells the rank 2^k after it.
final class Barrier: Stages {
  private let rounds: [(send: Exchange, receive: Exchange)]
  private var current = 0

  init(tag: Int, _ link: Link) {
    let distances = sequence(first: 1) { 2 * $0 }.prefix { $0 < link.size }
    rounds = distances.map { distance in
      let (next, previous) = (
        (link.rank + distance) % link.size, (link.rank + link.size - distance) % link.size
      )
      return (
        Exchange(next, count: 1) { _ throws(MessagePassingError) in
          try link.send(UnsafeRawBufferPointer(start: nil, count: 0), to: next, tag: tag)
        },
        Exchange(previous, count: 1) { _ throws(MessagePassingError) in
          try link.receive(UnsafeMutableRawBufferPointer(start: nil, count: 0), from: previous, tag: tag)
        }
      )
    }
  }

  var isDone: Bool { current == rounds.count }

  var awaited: [Int] { isDone ? [] : [rounds[current].receive.peer] }

  func step() throws(MessagePassingError) -> Bool {
    var moved = false
    while current < rounds.count {
      let round = rounds[current]
      let (sent, received) = (try round.send.step(), try round.receive.step())
      moved = moved || sent || received
      guard round.send.isDone, round.receive.isDone else { break }
      current += 1
    }
    return moved
  }
}
