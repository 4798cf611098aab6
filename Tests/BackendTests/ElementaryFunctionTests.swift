import Foundation
import Execution
import Programs
import Tensors
import TestSupport
import Testing

#if VULKAN
import VulkanBackend

/// `Shaders/include/elementary.glsl` against the C library, whose own errors are below 1 ulp.
@Suite(
  "Elementary functions in float64",
  .enabled(if: VulkanUnderTest.missingFloat64 == nil, "\(VulkanUnderTest.missingFloat64 ?? "")"), .serialized)
struct ElementaryFunctionTests {
  private func compute(_ tensor: (Tensor, Tensor) -> Tensor, _ x: [Double], _ y: [Double]) throws -> [Double]
  {
    let states = [x, y].map { numbers in
      State(
        "numbers", [numbers.count], dtype: .float64, role: .data,
        initial: .values(TensorValues(numbers, shape: [numbers.count])))
    }
    let backend = try VulkanUnderTest.backend()
    let program = try Program("elementary", outputs: [("y", tensor(states[0].value, states[1].value))])
    let executable = try backend.compile(program)
    try executable.run(steps: 1)
    #expect(backend.validationMessages == [])
    return try executable.output(0).doubles
  }

  /// The largest error, in ulp of the exact result.
  private func error(
    _ tensor: (Tensor, Tensor) -> Tensor, _ exact: (Double, Double) -> Double, _ x: [Double], _ y: [Double]
  ) throws -> Double {
    zip(try compute(tensor, x, y), zip(x, y)).reduce(0) { worst, pair in
      let (found, (x, y)) = pair
      let expected = exact(x, y)
      return found == expected || found.isNaN && expected.isNaN
        ? worst : max(worst, abs(found - expected) / expected.ulp)
    }
  }

  private static func uniform(_ range: ClosedRange<Double>, seed: UInt64 = 1) -> [Double] {
    var generator = SplitMix64(seed: seed)
    return (0..<20_000).map { _ in .random(in: range, using: &generator) }
  }

  /// From 10⁻³⁰⁰ to 10³⁰⁰ and around 1.
  private static let positive = uniform(-690...690).map { Foundation.exp($0) } + uniform(0.5...2)

  @Test("exp is within 2 ulp")
  func exponential() throws {
    for range in [-1.0...1, -708...709.7] {
      let x = Self.uniform(range)
      let worst = try error({ x, _ in Tensors.exp(x) }, { x, _ in Foundation.exp(x) }, x, x)
      #expect(worst <= 2, "\(worst)")
    }
  }

  @Test("expm1 is within 2 ulp")
  func exponentialLessOne() throws {
    for range in [-1e-6...1e-6, -1.0...1, -40...700] {
      let x = Self.uniform(range)
      let worst = try error({ x, _ in Tensors.expm1(x) }, { x, _ in Foundation.expm1(x) }, x, x)
      #expect(worst <= 2, "\(worst)")
    }
  }

  @Test("log is within 2 ulp")
  func logarithm() throws {
    let worst = try error(
      { x, _ in Tensors.log(x) }, { x, _ in Foundation.log(x) }, Self.positive, Self.positive)
    #expect(worst <= 2, "\(worst)")
  }

  @Test("tanh and sigmoid are within 4 ulp")
  func sigmoids() throws {
    for range in [-1e-3...1e-3, -1.0...1, -30...30] {
      let x = Self.uniform(range)
      let tanh = try error({ x, _ in Tensors.tanh(x) }, { x, _ in Foundation.tanh(x) }, x, x)
      let sigmoid = try error({ x, _ in Tensors.sigmoid(x) }, { x, _ in 1 / (1 + Foundation.exp(-x)) }, x, x)
      #expect(tanh <= 4 && sigmoid <= 4, "\(tanh) and \(sigmoid)")
    }
  }

  @Test("log1p is within 4 ulp, erf within 16, sin and cos within 4 ulp of 1")
  func others() throws {
    for range in [-1e-3...1e-3, -0.9...1, -0.5...30, -1e5...1e5] {
      let x = Self.uniform(range)
      let logs = x.map { abs($0) - 1e-4 }
      let erf = try error({ x, _ in Tensors.erf(x) }, { x, _ in Foundation.erf(x) }, x, x)
      let errors = [
        try error({ x, _ in Tensors.log1p(x) }, { x, _ in Foundation.log1p(x) }, logs, logs),
        try absoluteError({ Tensors.sin($0) }, { Foundation.sin($0) }, x),
        try absoluteError({ Tensors.cos($0) }, { Foundation.cos($0) }, x),
      ]
      #expect(erf <= 16 && errors.allSatisfy { $0 <= 4 }, "\(range): \(erf), \(errors)")
    }
  }

  /// The greatest error in units of 1's last place: near their zeros, sine and cosine are as near as π/2 is known.
  private func absoluteError(
    _ tensor: (Tensor) -> Tensor, _ exact: (Double) -> Double, _ x: [Double]
  ) throws -> Double {
    zip(try compute({ x, _ in tensor(x) }, x, x), x).map { abs($0 - exact($1)) / 1.0.ulp }.max() ?? 0
  }

  @Test("power is within 4 ulp, and at the ends of the range within 40")
  func power() throws {
    let bases = Self.positive
    for (size, bound) in [(64.0, 4.0), (700, 40)] {
      let exponents = zip(bases, Self.uniform(-size...size, seed: 2) + Self.uniform(-size...size, seed: 3))
        .map { $1 / max(0.01, abs(Foundation.log($0))) }
      let worst = try error({ Tensors.power($0, $1) }, { Foundation.pow($0, $1) }, bases, exponents)
      #expect(worst <= bound, "\(worst)")
    }
  }

  @Test("keep infinities, zeros and NaN")
  func specialValues() throws {
    let x: [Double] = [
      0, -0.0, .infinity, -.infinity, .nan, -1, 1, .leastNonzeroMagnitude, 0x1p-1030, 710, -746, 1e300,
      -1e300,
    ]
    let single: [(name: String, (Tensor) -> Tensor, (Double) -> Double)] = [
      ("exp", { Tensors.exp($0) }, { Foundation.exp($0) }),
      ("tanh", { Tensors.tanh($0) }, { Foundation.tanh($0) }),
      ("sigmoid", { Tensors.sigmoid($0) }, { 1 / (1 + Foundation.exp(-$0)) }),
      ("log", { Tensors.log($0) }, { Foundation.log($0) }),
    ]
    for (name, tensor, exact) in single {
      for (x, y) in zip(x, try compute({ x, _ in tensor(x) }, x, x)) {
        #expect(isNear(y, exact(x)), "\(name)(\(x)) is \(y)")
      }
    }
    let bases: [Double] = [0, 1, 2, 0.5, 0x1p-1030, .infinity, 1 + 0x1p-52]
    let exponents: [Double] = [0, 1, -1, 0.5, 2000, -2000, 1e308, -1e308, .infinity, -.infinity]
    let pairs = bases.flatMap { base in exponents.map { (base, $0) } }
    let powers = try compute({ Tensors.power($0, $1) }, pairs.map(\.0), pairs.map(\.1))
    for ((base, exponent), y) in zip(pairs, powers) {
      #expect(isNear(y, pow(base, exponent)), "\(base) to the power of \(exponent) is \(y)")
    }
  }

  /// Devices may flush subnormal numbers to zero.
  private func isNear(_ a: Double, _ b: Double) -> Bool {
    a == b || a.isNaN && b.isNaN || abs(a - b) <= max(2e-15 * abs(b), .leastNormalMagnitude)
  }
}
#endif
