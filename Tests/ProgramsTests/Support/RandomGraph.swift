import TestSupport
import Tensors

/// A random step: states, outputs and updates of every kind, the same for the same seed.
///
/// Every float stays in [−1, 1], and no operation amplifies an error by more than a factor of 2, so that
/// float32 results of different backends stay close. Comparisons and roundings, which would not, get only
/// exact inputs.
struct RandomGraph {
  private(set) var states: [State] = []
  private(set) var assignments: [Assignment] = []
  private(set) var outputs: [(name: String, tensor: Tensor)] = []

  private var generator: SplitMix64
  private(set) var pool: [Tensor] = []
  private var fixed: Set<State> = []

  /// The counter of the random number generator: another value in each step.
  let counter = State("counter", [], dtype: .int32, role: .progress)
  private static let extents = [1, 1, 2, 3, 4, 5, 7, 16]

  init(seed: UInt64, operations: Int = 24) {
    generator = SplitMix64(seed: seed)
    for _ in 0..<3 { pool.append(newState(Shape((0..<pick(0..<4)).map { _ in extent() }))) }
    for _ in 0..<operations { pool.append(next()) }
    for index in 0..<pick(1..<4) { outputs.append(("y\(index)", any())) }
    assign()
  }

  mutating func pick(_ range: Range<Int>) -> Int { Int.random(in: range, using: &generator) }

  mutating func extent() -> Int { Self.extents[pick(0..<Self.extents.count)] }

  /// Any earlier tensor, recent ones twice as often.
  mutating func any() -> Tensor {
    pool[max(pick(0..<pool.count), pick(0..<pool.count))]
  }

  /// - Parameter isFixed: true if it keeps its values: exact on all backends.
  mutating func newState(_ shape: Shape, isFixed: Bool = false) -> Tensor {
    let numbers = (0..<shape.count).map { _ in Float.random(in: -1...1, using: &generator) }
    let values = TensorValues(numbers, shape: shape)
    let state = State("s\(states.count)", shape, role: .data, initial: .values(values))
    if isFixed { fixed.insert(state) }
    states.append(state)
    return state.value
  }

  mutating func rowNumbers(_ count: Int, below rows: Int) -> Tensor {
    Tensor((0..<count).map { _ in Int32(pick(-1..<rows + 1)) }, shape: [count])
  }

  /// A tensor that broadcasts to a shape, or from it.
  private mutating func partner(of x: Tensor) -> Tensor {
    if pick(0..<2) == 0 {
      let candidates = pool.filter {
        guard let common = $0.shape.broadcast(with: x.shape) else { return false }
        return common.count <= 2000 && common.rank <= 5
      }
      return candidates.isEmpty ? x : candidates[pick(0..<candidates.count)]
    }
    let dimensions = x.shape.dimensions.map { pick(0..<3) == 0 ? 1 : $0 }
    return newState(Shape(Array(dimensions.dropFirst(pick(0..<max(1, x.rank + 1))))))
  }

  private mutating func next() -> Tensor {
    let x = any()
    return switch pick(0..<8) {
    case 0: unary(x)
    case 1: binary(x)
    case 2: moved(x)
    case 3: folded(x)
    case 4: rows(x)
    case 5: normalized(x)
    case 6: image()
    default: drawn(x)
    }
  }

  private mutating func unary(_ x: Tensor) -> Tensor {
    switch pick(0..<7) {
    case 0: -x
    case 1: abs(x)
    case 2: relu(x)
    case 3: tanh(x)
    case 4: sigmoid(x)
    case 5: exp(x - 1)
    default: 0.5 * x + 0.25
    }
  }

  private mutating func binary(_ x: Tensor) -> Tensor {
    let y = partner(of: x)
    switch pick(0..<6) {
    case 0: return 0.5 * (x + y)
    case 1: return 0.5 * (x - y)
    case 2: return x * y
    case 3: return maximum(x, y)
    case 4: return minimum(y, x)
    default:
      // Select by a comparison of values that are exact on every backend.
      let mask = newState(y.shape, isFixed: true) .< 0
      return select(mask, x, y)
    }
  }

  private mutating func moved(_ x: Tensor) -> Tensor {
    switch pick(0..<5) {
    case 0: return x.reshaped(Shape(factors(x.shape.count)))
    case 1: return x.transposed((0..<x.rank).shuffled(using: &generator))
    case 2:
      let start = x.shape.dimensions.map { pick(0..<$0) }
      return x.sliced(from: start, Shape(zip(x.shape.dimensions, start).map { 1 + pick(0..<$0 - $1) }))
    case 3:
      guard x.shape.count <= 500 else { return x }
      let (before, after) = ((0..<x.rank).map { _ in pick(0..<3) }, (0..<x.rank).map { _ in pick(0..<2) })
      return x.padded(before: before, after: after)
    default:
      guard x.shape.count <= 300, x.rank <= 4 else { return x }
      let stretched = x.shape.dimensions.map { $0 == 1 ? 1 + pick(0..<3) : $0 }
      return x.broadcast(to: Shape((pick(0..<2) == 0 ? [] : [2]) + stretched))
    }
  }

  private mutating func factors(_ count: Int) -> [Int] {
    var (rest, factors) = (count, [Int]())
    while rest > 1 {
      let divisors = (2...rest).filter { rest.isMultiple(of: $0) }
      factors.append(divisors[pick(0..<divisors.count)])
      rest /= factors[factors.count - 1]
    }
    return (pick(0..<3) == 0 ? [1] : []) + factors
  }

  private mutating func folded(_ x: Tensor) -> Tensor {
    let axes = (0..<x.rank).filter { _ in pick(0..<2) == 0 }
    switch pick(0..<3) {
    case 0: return x.mean(axes, keepingAxes: true)
    case 1: return x.max(axes)
    default: return x.mean(axes)
    }
  }

  private mutating func rows(_ x: Tensor) -> Tensor {
    guard x.rank > 0 else { return unary(x) }
    let count = x.shape[0]
    let matrix = x.reshaped([count, x.shape.count / count])
    switch pick(0..<4) {
    case 0:
      let product = matmul(matrix, newState([matrix.shape[1], extent()]))
      return product * (1 / Double(max(1, matrix.shape[1])))
    case 1:
      let square = matmul(matrix.transposed(), matrix)
      return square.shape.count > 2000 ? matrix : square * (1 / Double(count))
    case 2: return x.gathered(at: rowNumbers(extent(), below: count))
    default:
      return scatterAdd(x, at: rowNumbers(count, below: 4), rows: 4) * (1 / Double(count))
    }
  }

  /// Assigns the counter and about half of the states: swaps, transpositions, and sums with any tensor of the
  /// shape.
  private mutating func assign() {
    assignments.append(Assignment(counter, counter.value + 1))
    for state in states where !fixed.contains(state) && pick(0..<2) == 0 {
      let alike = (states.map(\.value) + pool).filter { $0.shape == state.shape }
      let other = alike[pick(0..<alike.count)]
      let value: Tensor =
        switch pick(0..<4) {
        case 0: other
        case 1: 0.5 * (state.value + other)
        case 2 where state.shape.rank == 2 && state.shape[0] == state.shape[1]: state.value.transposed()
        default: 0.5 * other + 0.25 * any().mean()
        }
      assignments.append(Assignment(state, value))
    }
  }
}
