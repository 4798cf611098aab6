package import Tensors

/// One row of the op table: an operation on given shapes.
///
/// The rows define the comparison of every backend with the reference, the gradient check, the guard regions,
/// the benchmark and the coverage.
package struct OpRow: Sendable, CustomStringConvertible {
  /// The distribution of an input's elements.
  package enum Input: Sendable {
    /// Uniform between two bounds, of the type under test.
    case real(Shape, from: Double, to: Double)
    /// The same with random sign: away from a kink at zero.
    case awayFromZero(Shape)
    /// Distinct numbers at least 0.01 apart, in random order: away from ties.
    case distinct(Shape)
    /// Between −1 and 1, evenly spread, without a random generator: for large inputs.
    case pattern(Shape)
    case integers(Shape, Range<Int32>)
    case bytes(Shape)
    case values(TensorValues)
  }

  /// The operation's name, as `Operation.name` has it.
  package let operation: String

  /// The distinguishing property of this row.
  package let note: String
  package let inputs: [Input]

  /// The tolerance of float32 results against the float64 reference; for float64 results, see `inFloat64`.
  package let tolerance: Tolerance

  /// True if gradients are compared with central differences.
  package let isDifferentiable: Bool
  package let build: @Sendable ([Tensor]) -> Tensor

  package init(
    _ operation: String, _ note: String, _ inputs: [Input], _ tolerance: Tolerance, gradient: Bool = true,
    _ build: @escaping @Sendable ([Tensor]) -> Tensor
  ) {
    self.operation = operation
    self.note = note
    self.inputs = inputs
    self.tolerance = tolerance
    isDifferentiable = gradient
    self.build = build
  }

  package var description: String { note.isEmpty ? operation : "\(operation), \(note)" }
}

/// |a − b| ≤ absolute + relative · |b|.
package struct Tolerance: Sendable {
  package let absolute: Double
  package let relative: Double

  package static let exact = Tolerance(absolute: 0, relative: 0)

  package static func relative(_ bound: Double) -> Tolerance { Tolerance(absolute: 0, relative: bound) }

  package static func absolute(_ bound: Double) -> Tolerance { Tolerance(absolute: bound, relative: 0) }

  /// A few roundings of a float32 operation, for operations that Vulkan too rounds correctly or nearly so.
  package static let rounding = Tolerance(absolute: 1e-37, relative: 3e-7)

  /// exp, log, division and roots: Vulkan allows them a few ulp.
  package static let elementary = Tolerance(absolute: 1e-6, relative: 2e-6)

  /// A sum of `terms` products of numbers up to 1: each of up to log₂(terms) + 32 roundings is relative to a partial
  /// sum of size √terms.
  package static func sum(of terms: Int) -> Tolerance {
    Tolerance(absolute: 6e-8 * 40 * Double(terms).squareRoot(), relative: 1e-6)
  }

  /// Float64 roundings are 2²⁹ times as fine; four times as many are allowed, because the reference's own
  /// count too, and its plain loops sum sequentially.
  package var inFloat64: Tolerance { Tolerance(absolute: absolute * 0x1p-27, relative: relative * 0x1p-27) }

  package func allows(_ a: Double, for b: Double) -> Bool {
    a == b || (a.isNaN && b.isNaN) || Swift.abs(a - b) <= absolute + relative * Swift.abs(b)
  }
}

extension OpRow.Input {
  /// The input's type.
  package func type(_ real: DType) -> TensorType {
    switch self {
    case .real(let shape, _, _), .awayFromZero(let shape), .distinct(let shape), .pattern(let shape):
      TensorType(shape, real)
    case .integers(let shape, _): TensorType(shape, .int32)
    case .bytes(let shape): TensorType(shape, .uint8)
    case .values(let values): TensorType(values.shape, values.isReal ? real : values.dtype)
    }
  }

  /// The input's elements.
  ///
  /// Elements of real inputs are exact in float32, so that both types have equal inputs, unless a test needs
  /// all float64 digits.
  package func values(_ real: DType, digits: DType = .float32, seed: UInt64) -> TensorValues {
    var generator = SplitMix64(seed: seed)
    func convert(_ numbers: [Double], _ shape: Shape, _ dtype: DType) -> TensorValues {
      TensorValues(
        converting: digits == .float64 ? numbers : numbers.map { Double(Float($0)) }, shape: shape, to: dtype)
    }
    switch self {
    case .real(let shape, let low, let high):
      return convert((0..<shape.count).map { _ in .random(in: low...high, using: &generator) }, shape, real)
    case .awayFromZero(let shape):
      let numbers = (0..<shape.count).map { _ in
        Double.random(in: 0.05...2, using: &generator) * (Bool.random(using: &generator) ? 1 : -1)
      }
      return convert(numbers, shape, real)
    case .distinct(let shape):
      let numbers = (0..<shape.count).map { 0.01 * Double($0 - shape.count / 2) + 0.003 }
      return convert(numbers.shuffled(using: &generator), shape, real)
    case .pattern(let shape):
      let offset = UInt32(truncatingIfNeeded: seed)
      let numbers = (0..<shape.count).map { place in
        // Hashed, so that no two patterns are permutations of each other.
        var bits = (UInt32(truncatingIfNeeded: place) &+ offset) &* 2_654_435_769
        bits = (bits ^ bits >> 16) &* 0x7FEB_352D
        bits = (bits ^ bits >> 15) &* 0x846C_A68B
        return Float(Int32(bitPattern: bits) >> 8) * 0x1p-23
      }
      return real == .float32
        ? TensorValues(numbers, shape: shape) : TensorValues(numbers.map(Double.init), shape: shape)
    case .integers(let shape, let range):
      return TensorValues(
        (0..<shape.count).map { _ in Int32.random(in: range, using: &generator) }, shape: shape)
    case .bytes(let shape):
      return TensorValues(
        (0..<shape.count).map { _ in UInt8.random(in: 0...255, using: &generator) }, shape: shape)
    case .values(let values):
      return values.isReal ? convert(values.doubles, values.shape, real) : values
    }
  }
}

extension TensorValues {
  /// True if they are of the type under test; values of other types stay what they are.
  fileprivate var isReal: Bool { dtype == .float32 || dtype == .float64 }
}
