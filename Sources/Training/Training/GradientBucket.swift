import Execution
import MessagePassing
import Tensors

/// Some gradients, statistics or losses that are summed together over micro-batches and ranks.
final class GradientBucket {
  let states: [State]

  /// Floats: of all states, and of what is sent along with them.
  let count: Int

  private let backend: any Backend
  /// Where each state's floats begin.
  private let offsets: [Int]
  /// The state's own memory, if it is one state and that is the host's.
  private let memory: UnsafeMutablePointer<Float>?
  /// The sums of subtrees that are complete; the first is in the state's own memory if it can be.
  private var stack: [UnsafeMutablePointer<Float>] = []
  private var owned: [UnsafeMutablePointer<Float>] = []
  /// How many of these there are.
  private var depth = 0

  /// - Parameters:
  ///   - extra: floats that are sent along.
  ///   - isInPlace: true with a single micro-batch for each rank: gradients are summed where they are.
  init(_ states: [State], extra: Int = 0, isInPlace: Bool = false, on backend: any Backend) throws {
    (self.states, self.backend) = (states, backend)
    var end = 0
    offsets = states.map { state in
      end += state.shape.count
      return end - state.shape.count
    }
    count = end + extra
    let host = isInPlace && extra == 0 && states.count == 1 ? backend as? any HostMemoryBackend : nil
    memory = try host?.memory(of: states[0]).bindMemory(to: Float.self).baseAddress
    if let memory { stack = [memory] }
  }

  deinit { for sums in owned { sums.deallocate() } }

  /// The sum of all micro-batches and ranks, once it is there.
  var sum: UnsafeMutablePointer<Float> { sums(0) }

  /// The sums of this rank's subtrees.
  var partials: [UnsafePointer<Float>] { (0..<depth).map { UnsafePointer(sums($0)) } }

  private func sums(_ depth: Int) -> UnsafeMutablePointer<Float> {
    while stack.count <= depth {
      owned.append(.allocate(capacity: count))
      stack.append(owned[owned.count - 1])
    }
    return stack[depth]
  }

  /// Takes the states' values of a micro-batch.
  ///
  /// - Parameter additions: sums of subtrees that are complete with it.
  func add(completing additions: Int) throws {
    let top = sums(depth)
    if top != memory {
      for (state, offset) in zip(states, offsets) {
        let floats = UnsafeMutableBufferPointer(start: top + offset, count: state.shape.count)
        try backend.read(state, into: UnsafeMutableRawBufferPointer(floats))
      }
    }
    depth += 1
    for _ in 0..<additions {
      depth -= 1
      let (sum, other) = (sums(depth - 1), sums(depth))
      for index in 0..<count { sum[index] += other[index] }
    }
  }

  /// Sets what is sent along, in one of this rank's sums: the others have zeros there.
  func setExtra(_ value: Float) {
    for level in 0..<depth { sums(level)[count - 1] = level == 0 ? value : 0 }
  }

  /// Gives the states the sum, and begins anew.
  func finish() throws {
    depth = 0
    guard sum != memory else { return }
    for (state, offset) in zip(states, offsets) {
      let floats = UnsafeBufferPointer(start: sum + offset, count: state.shape.count)
      try backend.write(UnsafeRawBufferPointer(floats), to: state)
    }
  }
}
