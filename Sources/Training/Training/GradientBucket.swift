import Execution
import MessagePassing
import Tensors

/// Some gradients, statistics or losses that are summed together over micro-batches and ranks.
protocol GradientBucket: AnyObject {
  var states: [State] { get }

  /// Bytes of a sum.
  var byteCount: Int { get }

  /// Takes the states' values of a micro-batch.
  ///
  /// - Parameter additions: sums of subtrees that are complete with it.
  func add(completing additions: Int) throws

  /// Starts the sum over ranks.
  func startSum(over ranks: Communicator, _ tree: SumTree, as name: ActivityName) throws -> Collective

  /// Gives the states the sum, and begins anew.
  func finish() throws
}

/// A bucket whose sums have elements of a type.
final class BucketOf<Element: SumElement>: GradientBucket {
  let states: [State]

  /// Numbers: of all states, and of what is sent along with them.
  let count: Int

  private let backend: any Backend
  /// Where each state's numbers begin.
  private let offsets: [Int]
  /// The state's own memory, if it is one state whose floats are in the host's memory and are summed there.
  private let memory: UnsafeMutablePointer<Element>?
  /// The sums of subtrees that are complete; the first is in the state's own memory if it can be.
  private var stack: [UnsafeMutablePointer<Element>] = []
  private var owned: [UnsafeMutablePointer<Element>] = []
  /// How many of these there are.
  private var depth = 0

  /// - Parameters:
  ///   - extra: numbers that are sent along.
  ///   - isInPlace: true with a single micro-batch for each rank: gradients are summed where they are.
  init(_ states: [State], extra: Int = 0, isInPlace: Bool = false, on backend: any Backend) throws {
    (self.states, self.backend) = (states, backend)
    var end = 0
    offsets = states.map { state in
      end += state.shape.count
      return end - state.shape.count
    }
    count = end + extra
    let fits = isInPlace && extra == 0 && states.count == 1 && Element.self == Float.self
    let host = fits ? backend as? any HostMemoryBackend : nil
    memory = try host?.memory(of: states[0]).bindMemory(to: Element.self).baseAddress
    if let memory { stack = [memory] }
  }

  deinit { for sums in owned { sums.deallocate() } }

  var byteCount: Int { count * MemoryLayout<Element>.size }

  /// The sum of all micro-batches and ranks, once it is there.
  var sum: UnsafeMutablePointer<Element> { sums(0) }

  private func sums(_ depth: Int) -> UnsafeMutablePointer<Element> {
    while stack.count <= depth {
      owned.append(.allocate(capacity: count))
      stack.append(owned[owned.count - 1])
    }
    return stack[depth]
  }

  func add(completing additions: Int) throws {
    let top = sums(depth)
    if top != memory {
      for (state, offset) in zip(states, offsets) { try read(state, into: top + offset) }
    }
    depth += 1
    for _ in 0..<additions {
      depth -= 1
      let sum = sums(depth - 1)
      Element.add(sum, sums(depth), into: sum, count)
    }
  }

  private func read(_ state: State, into numbers: UnsafeMutablePointer<Element>) throws {
    try withFloats(of: state, at: numbers) { floats, isHosts in
      if !isHosts { try backend.read(state, into: UnsafeMutableRawBufferPointer(floats)) }
      if let base = floats.baseAddress { Element.convert(base, into: numbers, floats.count) }
    }
  }

  private func write(_ numbers: UnsafeMutablePointer<Element>, to state: State) throws {
    try withFloats(of: state, at: numbers) { floats, isHosts in
      if let base = floats.baseAddress { Element.convert(numbers, into: base, floats.count) }
      if !isHosts { try backend.write(UnsafeRawBufferPointer(floats), to: state) }
    }
  }

  /// Floats for a state's values: the state's own in the host's memory, or else the numbers themselves, if they are floats.
  private func withFloats(
    of state: State, at numbers: UnsafeMutablePointer<Element>,
    _ body: (_ floats: UnsafeMutableBufferPointer<Float>, _ isHosts: Bool) throws -> Void
  ) throws {
    if let host = backend as? any HostMemoryBackend {
      try body(host.memory(of: state).bindMemory(to: Float.self), true)
    } else if let floats = numbers as? UnsafeMutablePointer<Float> {
      try body(UnsafeMutableBufferPointer(start: floats, count: state.shape.count), false)
    } else {
      let floats = UnsafeMutableBufferPointer<Float>.allocate(capacity: state.shape.count)
      defer { floats.deallocate() }
      try body(floats, false)
    }
  }

  func startSum(over ranks: Communicator, _ tree: SumTree, as name: ActivityName) throws -> Collective {
    try ranks.startSum(
      (0..<depth).map { UnsafePointer(sums($0)) }, count: count, into: sum, tree, as: name)
  }

  /// Sets what is sent along, in one of this rank's sums: the others have zeros there.
  func setExtra(_ values: [Element]) where Element == Float {
    for level in 0..<depth {
      for (index, value) in values.enumerated() {
        sums(level)[count - values.count + index] = level == 0 ? value : 0
      }
    }
  }

  func finish() throws {
    depth = 0
    guard sum != memory else { return }
    for (state, offset) in zip(states, offsets) { try write(sum + offset, to: state) }
  }
}
