import CPUBackend
import Layers
import Execution
import Programs
import Tensors
import TestSupport
import Testing

/// Batch normalization of `[N, C]` as expressions, with the states of its inputs.
private struct BatchNormCase {
  let x, dy, gamma, beta: State
  let y, dx, dgamma, dbeta: Tensor

  init(_ shape: Shape, dtype: DType) throws {
    x = State("x", shape, dtype: dtype, role: .data)
    dy = State("dy", shape, dtype: dtype, role: .data)
    let states = StateStore(dtype: dtype)
    y = BatchNorm().forward(x.value, in: Pass(.training, states: states))
    gamma = try #require(states["weight"])
    beta = try #require(states["bias"])
    let gradients = gradients(of: y, upstream: dy.value, at: [x.value, gamma.value, beta.value])
    (dx, dgamma, dbeta) = (gradients[0], gradients[1], gradients[2])
  }

  /// y, dx, dγ and dβ.
  func results(
    _ x: [Double], _ dy: [Double], gamma: [Double], beta: [Double], on backend: any Backend
  ) throws -> [[Double]] {
    let values = zip([self.x, self.dy, self.gamma, self.beta], [x, dy, gamma, beta]).map { state, numbers in
      (state, TensorValues(converting: numbers, shape: state.shape, to: state.dtype))
    }
    return try LayersTests.results([y, self.dx, dgamma, dbeta], on: backend, with: values)
  }
}

/// Numbers that are exact in float32, uniform around a mean.
private func random(_ count: Int, seed: UInt64, mean: Double = 0, deviation: Double = 1) -> [Double] {
  var generator = SplitMix64(seed: seed)
  let width = 3.0.squareRoot() * deviation
  return (0..<count).map { _ in
    Double(Float(.random(in: mean - width...mean + width, using: &generator)))
  }
}

/// Each column of a row-major matrix.
private func columns(_ numbers: [Double], _ count: Int) -> [[Double]] {
  (0..<count).map { column in stride(from: column, to: numbers.count, by: count).map { numbers[$0] } }
}

/// The mean and standard deviation of the inputs.
private struct Moments: Sendable, CustomTestStringConvertible {
  let mean, deviation: Double
  var testDescription: String { "mean \(mean), deviation \(deviation)" }

  static let all = [
    Moments(mean: 1e4, deviation: 1), Moments(mean: -1e5, deviation: 10), Moments(mean: 1e6, deviation: 10),
    Moments(mean: 1e6, deviation: 1000), Moments(mean: 0, deviation: 1e-4), Moments(mean: 0, deviation: 1e-8),
    Moments(mean: 1, deviation: 1e-5), Moments(mean: 0, deviation: 1e6),
  ]
}

@Suite("Batch normalization")
struct BatchNormTests {
  @Test("has the gradients of the textbook's stages")
  func stages() throws {
    let (rows, channels) = (13, 5)
    let x = random(rows * channels, seed: 1, mean: 5, deviation: 3)
    let dy = random(rows * channels, seed: 2)
    let (gamma, beta) = (random(channels, seed: 3), random(channels, seed: 4))
    let found = try BatchNormCase([rows, channels], dtype: .float64)
      .results(x, dy, gamma: gamma, beta: beta, on: CPUBackend(.reference))
    for channel in 0..<channels {
      let expected = TextbookBatchNorm(
        columns(x, channels)[channel], gamma: gamma[channel], beta: beta[channel])
      let gradients = expected.backward(columns(dy, channels)[channel])
      // Some dozen float64 roundings, of numbers up to 10.
      #expect(distance(columns(found[0], channels)[channel], expected.y) < 1e-13)
      #expect(distance(columns(found[1], channels)[channel], gradients.dx) < 1e-13)
      #expect(distance([found[2][channel], found[3][channel]], [gradients.dgamma, gradients.dbeta]) < 1e-13)
    }
  }

  @Test("keeps its digits for huge means and tiny variances, on every backend", arguments: Moments.all)
  fileprivate func moments(_ moments: Moments) throws {
    let (rows, channels) = (50, 3)
    let x = random(rows * channels, seed: 1, mean: moments.mean, deviation: moments.deviation)
    let dy = random(rows * channels, seed: 2)
    let (gamma, beta) = ([1.5, -0.5, 2], [0.25, 0, -1])
    let expression = try BatchNormCase([rows, channels], dtype: .float32)
    for (name, backend) in try everyBackend() {
      let found = try expression.results(x, dy, gamma: gamma, beta: beta, on: backend)
      for channel in 0..<channels {
        let expected = TextbookBatchNorm(
          columns(x, channels)[channel], gamma: gamma[channel], beta: beta[channel])
        let gradients = expected.backward(columns(dy, channels)[channel])
        // The mean is summed and rounded in float32: a few ulp, each at most 2⁻²³ of it. That shifts all x̂
        // by so many standard deviations. All else is some dozen roundings of numbers around 1.
        let deviation = (expected.variance + 1e-5).squareRoot()
        let shift = 2e-6 + 3 * 0x1p-23 * abs(expected.mean) / deviation
        let bound = abs(gamma[channel]) * shift
        #expect(bound < 0.1)
        #expect(
          distance(columns(found[0], channels)[channel], expected.y) <= bound, "\(name), \(channel)")
        #expect(
          distance(columns(found[1], channels)[channel], gradients.dx) <= bound / deviation,
          "\(name), \(channel)")
        #expect(
          distance([found[2][channel], found[3][channel]], [gradients.dgamma, gradients.dbeta])
            <= shift * Double(rows), "\(name), \(channel)")
      }
    }
  }

  @Test("of one example gives β, and no gradient to it, on every backend")
  func one() throws {
    let expression = try BatchNormCase([1, 4], dtype: .float32)
    for (name, backend) in try everyBackend() {
      let found = try expression.results(
        [7, -2, 1e6, 0], [1, -1, 2, 3], gamma: [1, 2, 3, 4], beta: [0.5, -1, 2, 0], on: backend)
      #expect(found == [[0.5, -1, 2, 0], [0, 0, 0, 0], [0, 0, 0, 0], [1, -1, 2, 3]], "\(name)")
    }
  }

  @Test("keeps running means by their recurrence, step after step, on every backend")
  func running() throws {
    let (rows, channels, momentum) = (11, 3, 0.9)
    let x = State("x", [rows, channels], role: .data)
    let states = StateStore()
    let pass = Pass(.training, states: states)
    let y = BatchNorm(momentum: momentum).forward(x.value, in: pass)
    let evaluated = BatchNorm(momentum: momentum).forward(x.value, in: Pass(.evaluation, states: states))
    let program = try Program("step", outputs: [("y", y)], assignments: pass.assignments)
    let mean = try #require(states["running_mean"])
    let variance = try #require(states["running_var"])
    for (name, backend) in try everyBackend() {
      let executable = try backend.compile(program)
      var expected = (mean: [Double](repeating: 0, count: channels), variance: [1.0, 1, 1])
      var numbers: [Double] = []
      for step in 0..<7 {
        numbers = random(rows * channels, seed: UInt64(step), mean: Double(step), deviation: 1 + Double(step))
        try backend.write(TensorValues(converting: numbers, shape: x.shape, to: .float32), to: x)
        try executable.run(steps: 1)
        for channel in 0..<channels {
          let batch = TextbookBatchNorm(columns(numbers, channels)[channel], gamma: 1, beta: 0)
          expected.mean[channel] = momentum * expected.mean[channel] + (1 - momentum) * batch.mean
          expected.variance[channel] = momentum * expected.variance[channel] + (1 - momentum) * batch.variance
        }
        // A dozen roundings per step, of numbers up to 10 and up to 60.
        #expect(try distance(backend.read(mean).doubles, expected.mean) < 1e-5, "\(name), step \(step)")
        #expect(
          try distance(backend.read(variance).doubles, expected.variance) < 6e-5, "\(name), step \(step)")
      }
      let normalized = numbers.enumerated().map { index, number in
        (number - expected.mean[index % channels]) / (expected.variance[index % channels] + 1e-5).squareRoot()
      }
      #expect(try distance(results([evaluated], on: backend)[0], normalized) < 2e-5, "\(name)")
    }
  }
}
