import Devices
import Execution
import Layers
import Programs
import Sessions
import Tensors
import TestSupport
import Testing

@Suite("Initializers")
struct InitializerTests {
  /// The weights of a layer that has seen an input, as a run of a seed begins.
  private func weights(
    _ layer: some Layer, given input: Shape, seed: UInt64 = 7, on backend: BackendChoice = .cpu
  ) throws -> TensorValues {
    let states = StateStore()
    let x = Tensor.full(input, 1)
    let y = layer.forward(x, in: Pass(.training, states: states, weightScale: 9))
    #expect(y.error == nil)
    let weight = try #require(states["weight"])
    let opened = try backend.open(seed: seed).backend
    let executable = try opened.compile(Program("weights", outputs: [("w", weight.value * 1)]))
    try executable.run(steps: 1)
    return try executable.output(0)
  }

  private func dense(_ initializer: Initializer) throws -> [Double] {
    try weights(Dense(300, weights: initializer), given: [1, 200]).doubles
  }

  private func deviation(_ numbers: [Double]) -> Double {
    let mean = numbers.reduce(0, +) / Double(numbers.count)
    return (numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(numbers.count)).squareRoot()
  }

  // 60,000 numbers: their deviation is known within 0.3 % (one standard error), their mean within deviation / 245.

  @Test("draw within their bounds, with their mean and deviation")
  func moments() throws {
    for (initializer, bound, expected) in [
      (.uniform(-0.5...0.5), 0.5, 0.5 / 3.0.squareRoot()),
      (.xavierUniform, (6.0 / 500).squareRoot(), (2.0 / 500).squareRoot()),
      (.xavierUniform(gain: 2), 2 * (6.0 / 500).squareRoot(), 2 * (2.0 / 500).squareRoot()),
      (.xavierNormal, .infinity, (2.0 / 500).squareRoot()),
      (.heUniform, (6.0 / 200).squareRoot(), (2.0 / 200).squareRoot()),
      (.heUniform(gain: (1.0 / 3).squareRoot()), (1.0 / 200).squareRoot(), (1.0 / 600).squareRoot()),
      (.heNormal, .infinity, (2.0 / 200).squareRoot()),
      (.normal(standardDeviation: 0.1), .infinity, 0.1),
      // √(1 − 2 · 2 φ(2) / (2 Φ(2) − 1)) of what is given.
      (.truncatedNormal(standardDeviation: 0.1), 0.2, 0.1 * 0.879626),
    ] as [(Initializer, Double, Double)] {
      let numbers = try dense(initializer)
      let mean = numbers.reduce(0, +) / Double(numbers.count)
      #expect(abs(mean) < 5 * expected / 60_000.0.squareRoot())
      #expect(abs(deviation(numbers) / expected - 1) < 0.015)
      let greatest = numbers.map(abs).max() ?? 0
      #expect(greatest <= bound * (1 + 1e-6))
      if bound.isFinite { #expect(greatest > 0.99 * bound) }
      #expect(Set(numbers).count > 55_000)
    }
    let shifted = try dense(.uniform(2...3))
    #expect(shifted.allSatisfy { (2...3).contains($0) })
    #expect(try dense(.constant(0.25)).allSatisfy { $0 == 0.25 })
  }

  @Test("make orthogonal rows or columns, whichever are fewer", arguments: [[20, 50], [50, 20], [33, 33]])
  func orthogonal(_ size: [Int]) throws {
    let (rows, columns) = (size[0], size[1])
    let w = try weights(
      Dense(columns, weights: .orthogonal(gain: 3)), given: [1, rows]
    ).doubles
    let (count, length) = (min(rows, columns), max(rows, columns))
    func element(_ vector: Int, _ place: Int) -> Double {
      rows <= columns ? w[vector * columns + place] : w[place * columns + vector]
    }
    for a in 0..<count {
      for b in 0...a {
        let product = (0..<length).reduce(0) { $0 + element(a, $1) * element(b, $1) }
        #expect(abs(product - (a == b ? 9 : 0)) < 1e-5)
      }
    }
    // A row for each filter.
    let filters = try weights(
      Convolution2D(filters: 8, kernel: 3, weights: .orthogonal), given: [1, 2, 5, 5]
    ).doubles
    for a in 0..<8 {
      for b in 0..<8 {
        let product = (0..<18).reduce(0) { $0 + filters[18 * a + $1] * filters[18 * b + $1] }
        #expect(abs(product - (a == b ? 1 : 0)) < 1e-6)
      }
    }
  }

  @Test("know the fans of each layer")
  func fans() throws {
    let fans = Initializer { _, fanIn, fanOut in .constant(Double(1000 * fanIn + fanOut)) }
    for (layer, input, expected) in [
      (Dense(7, weights: fans), [2, 5], 5007),
      (Convolution2D(filters: 6, kernel: 3, groups: 2, weights: fans), [1, 4, 5, 5], 18054),
      (Convolution1D(filters: 6, kernel: 5, weights: fans), [1, 2, 9], 10030),
      (TransposedConvolution2D(filters: 3, kernel: 2, stride: 2, weights: fans), [1, 5, 4, 4], 5012),
    ] as [(any Layer, Shape, Double)] {
      #expect(try weights(layer, given: input).doubles.allSatisfy { $0 == expected })
    }
    let states = StateStore()
    let numbers = Tensor([0, 1] as [Int32], shape: [2])
    _ = Embedding(4, width: 3, weights: fans).forward(numbers, in: Pass(.training, states: states))
    #expect(try states["weight"]?.value.values().doubles.first == 3004)
  }

  @Test("begin with given values, and refuse those of another shape")
  func given() throws {
    let values = TensorValues([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    #expect(try weights(Dense(3, weights: .values(values)), given: [1, 2]) == values)
    let wrong = Dense(4, weights: .values(values))(
      .full([1, 2], 1), in: Pass(.training, states: StateStore()), as: "last")
    #expect(
      wrong.error?.reason
        == "the values given for 'last.weight' are [2, 3], but this input asks for [2, 4]")
  }

  @Test("give the same numbers on every backend and every time, others for another seed or name")
  func same() throws {
    for initializer in [
      .uniform(-1...1), .truncatedNormal(standardDeviation: 1), .orthogonal, .xavierNormal,
    ] as [Initializer] {
      let layer = Dense(9, weights: initializer)
      let first = try weights(layer, given: [1, 6])
      #expect(try weights(layer, given: [1, 6]) == first)
      #expect(try weights(layer, given: [1, 6], seed: 8) != first)
      if VulkanUnderTest.missing == nil {
        #expect(try weights(layer, given: [1, 6], on: .vulkan()) == first)
      }
    }
  }
}
