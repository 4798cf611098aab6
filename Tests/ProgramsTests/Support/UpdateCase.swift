import Tensors
import Testing

/// A step that assigns states, and the same step in plain Swift.
struct UpdateCase: Sendable, CustomTestStringConvertible {
  let name: String
  let states: [State]
  let assignments: [Assignment]
  let outputs: [Tensor]

  /// Maps the states' values to their next values and the outputs.
  let step: @Sendable ([[Double]]) -> (states: [[Double]], outputs: [[Double]])

  var testDescription: String { name }

  init(
    _ name: String, _ shapes: Shape..., dtype: DType = .float32,
    build: ([Tensor]) -> (next: [Int: Tensor], outputs: [Tensor]),
    step: @escaping @Sendable ([[Double]]) -> (states: [[Double]], outputs: [[Double]])
  ) {
    self.name = name
    states = shapes.enumerated().map { index, shape in
      let numbers = (0..<shape.count).map { Double(10 * index + $0 + 1) }
      let values = TensorValues(converting: numbers, shape: shape, to: dtype)
      return State("s\(index)", shape, dtype: dtype, role: .data, initial: .values(values))
    }
    let (next, outputs) = build(states.map(\.value))
    assignments = next.sorted { $0.key < $1.key }.map { [states] in Assignment(states[$0.key], $0.value) }
    self.outputs = outputs
    self.step = step
  }
}

private func map(_ a: [Double], _ b: [Double], _ f: (Double, Double) -> Double) -> [Double] {
  zip(a, b).map(f)
}

/// The transpose of a square matrix.
private func transposed(_ m: [Double], _ n: Int) -> [Double] {
  (0..<n * n).map { m[$0 % n * n + $0 / n] }
}

/// The product of two 2×2 matrices.
private func product(_ a: [Double], _ b: [Double]) -> [Double] {
  (0..<4).map { (place: Int) -> Double in
    let (row, column) = (place / 2, place % 2)
    return a[2 * row] * b[column] + a[2 * row + 1] * b[2 + column]
  }
}

extension UpdateCase {
  static let all: [UpdateCase] = permutations + inPlace + shared + moved

  private static let permutations: [UpdateCase] = [
    UpdateCase("two states swap", [7], [7]) {
      ([0: $0[1], 1: $0[0]], [])
    } step: {
      ([$0[1], $0[0]], [])
    },
    UpdateCase("three states take turns", [5], [5], [5]) {
      ([0: $0[1], 1: $0[2], 2: $0[0]], [$0[0] + $0[1]])
    } step: {
      ([$0[1], $0[2], $0[0]], [map($0[0], $0[1], +)])
    },
    UpdateCase("two states swap, each with an addition of its own", [3], [3]) {
      ([0: $0[1] + 1, 1: $0[0] + 2], [])
    } step: {
      ([$0[1].map { $0 + 1 }, $0[0].map { $0 + 2 }], [])
    },
    UpdateCase("each becomes a sum with both", [3], [3]) {
      ([0: $0[0] + $0[1], 1: $0[0] - $0[1]], [])
    } step: {
      ([map($0[0], $0[1], +), map($0[0], $0[1], -)], [])
    },
    UpdateCase("a state keeps its value", [3]) {
      ([0: $0[0]], [$0[0]])
    } step: {
      ([$0[0]], [$0[0]])
    },
  ]

  private static let inPlace: [UpdateCase] = [
    UpdateCase("a counter counts", [], dtype: .int32) {
      ([0: $0[0] + 1], [$0[0]])
    } step: {
      ([[$0[0][0] + 1]], [$0[0]])
    },
    UpdateCase("bytes swap", [9], [9], dtype: .uint8) {
      ([0: maximum($0[0], $0[1]), 1: minimum($0[0], $0[1])], [])
    } step: {
      ([map($0[0], $0[1], max), map($0[0], $0[1], min)], [])
    },
    UpdateCase("a large state, over several threads", [40_000]) {
      ([0: $0[0] * 0.5 + 1], [])
    } step: {
      ([$0[0].map { $0 * 0.5 + 1 }], [])
    },
    UpdateCase("momentum: two updates in one kernel", [6], [6]) {
      let v = $0[1] * 2 - $0[0]
      return ([0: $0[0] + v, 1: v], [])
    } step: {
      let v = map($0[1], $0[0]) { $0 * 2 - $1 }
      return ([map($0[0], v, +), v], [])
    },
    UpdateCase("the old value is an output", [4]) {
      ([0: $0[0] + 1], [$0[0], $0[0] * 2])
    } step: {
      ([$0[0].map { $0 + 1 }], [$0[0], $0[0].map { $0 * 2 }])
    },
    UpdateCase("others still read the old value", [4], [4]) {
      ([0: $0[0] * 2, 1: $0[1] + $0[0]], [$0[0].sum(), ($0[0] * 2).sum()])
    } step: { s in
      let sum = s[0].reduce(0, +)
      return ([s[0].map { $0 * 2 }, map(s[1], s[0], +)], [[sum], [2 * sum]])
    },
    UpdateCase("a sum of a state goes into a state that stretches over it", [3], [1]) {
      ([0: $0[0] + $0[1], 1: $0[0].sum([0], keepingAxes: true) * 0.125], [])
    } step: { s in
      ([s[0].map { $0 + s[1][0] }, [s[0].reduce(0, +) * 0.125]], [])
    },
  ]

  private static let shared: [UpdateCase] = [
    UpdateCase("one value goes into two states and an output", [3], [3]) {
      let v = $0[0] + $0[1]
      return ([0: v, 1: v], [v])
    } step: {
      let v = map($0[0], $0[1], +)
      return ([v, v], [v])
    },
    UpdateCase("one value goes into two states that a third one reads", [3], [3], [3]) {
      let v = $0[2] - $0[0]
      return ([0: v, 1: v, 2: $0[0] * $0[1] + v], [])
    } step: {
      let v = map($0[2], $0[0], -)
      return ([v, v, map(map($0[0], $0[1], *), v, +)], [])
    },
    UpdateCase("a state goes into two others, and changes", [3], [3], [3]) {
      ([0: $0[0] + 1, 1: $0[0], 2: $0[0]], [])
    } step: {
      ([$0[0].map { $0 + 1 }, $0[0], $0[0]], [])
    },
    UpdateCase("numbers and constants go into states", [2], [2]) {
      ([0: .full([2], 5), 1: Tensor([Float(7), 8], shape: [2])], [$0[0] + $0[1]])
    } step: {
      ([[5, 5], [7, 8]], [map($0[0], $0[1], +)])
    },
  ]

  private static let moved: [UpdateCase] = [
    UpdateCase("a state is transposed in its own update", [3, 3]) {
      ([0: $0[0].transposed() + 1], [])
    } step: {
      ([transposed($0[0], 3).map { $0 + 1 }], [])
    },
    UpdateCase("a state is read in place and transposed in its own update", [5, 5]) {
      ([0: ($0[0] + $0[0].transposed()) * 0.5], [$0[0].transposed()])
    } step: {
      ([map($0[0], transposed($0[0], 5)) { ($0 + $1) * 0.5 }], [transposed($0[0], 5)])
    },
    UpdateCase("a state goes into another, transposed, both ways", [4, 4], [4, 4]) {
      ([0: $0[1].transposed(), 1: $0[0].transposed()], [])
    } step: {
      ([transposed($0[1], 4), transposed($0[0], 4)], [])
    },
    UpdateCase("a state's rows move up", [4, 2]) {
      ([0: $0[0].sliced(from: [1, 0], [3, 2]).padded(before: [0, 0], after: [1, 0])], [])
    } step: {
      ([Array($0[0].dropFirst(2)) + [0, 0]], [])
    },
    UpdateCase("a state's rows are picked from itself", [3, 2]) {
      ([0: $0[0].gathered(at: Tensor([Int32(2), 0, 1], shape: [3]))], [])
    } step: {
      ([Array($0[0][4..<6]) + Array($0[0][0..<4])], [])
    },
    UpdateCase("a product of a state with itself", [2, 2]) {
      ([0: floor(matmul($0[0], $0[0]) * 0.03125)], [])
    } step: {
      ([product($0[0], $0[0]).map { ($0 * 0.03125).rounded(.down) }], [])
    },
    UpdateCase("a product goes straight into its own factor", [2, 2], [2, 2]) {
      ([0: matmul($0[0], $0[1]) * 0.03125], [])
    } step: {
      ([product($0[0], $0[1]).map { $0 * 0.03125 }, $0[1]], [])
    },
    UpdateCase("a product goes straight into a state", [2, 2], [2, 2], [2, 2]) {
      ([0: matmul($0[1], $0[2])], [$0[0].sum()])
    } step: {
      ([product($0[1], $0[2]), $0[1], $0[2]], [[$0[0].reduce(0, +)]])
    },
    UpdateCase("a row is replaced in place", [3, 2]) {
      ([0: $0[0].replacing(row: Tensor(1, dtype: .int32), with: $0[0].sum([0]))], [])
    } step: {
      let m = $0[0]
      return ([[m[0], m[1], m[0] + m[2] + m[4], m[1] + m[3] + m[5], m[4], m[5]]], [])
    },
  ]
}
