/// The distribution or values of a layer's initial weights.
///
///     Dense(10, weights: .xavierUniform)
///     Convolution2D(filters: 64, kernel: 3, weights: .orthogonal(gain: 2.squareRoot()))
///
/// Fan-in is how many inputs each output sums over, fan-out how many outputs each input takes part in. Numbers follow
/// from the run's seed and the weight's name alone, and are the same on every backend.
public struct Initializer: Sendable {
  /// What weights of a shape begin with.
  public let initialValue: @Sendable (_ shape: Shape, _ fanIn: Int, _ fanOut: Int) -> InitialValue

  public init(
    _ initialValue: @escaping @Sendable (_ shape: Shape, _ fanIn: Int, _ fanOut: Int) -> InitialValue
  ) {
    self.initialValue = initialValue
  }

  /// One number everywhere.
  public static func constant(_ number: Double) -> Initializer {
    Initializer { _, _, _ in .constant(number) }
  }

  /// Given numbers, of the weights' shape.
  public static func values(_ values: TensorValues) -> Initializer {
    Initializer { _, _, _ in .values(values) }
  }

  /// Numbers between two, all equally likely.
  public static func uniform(_ range: ClosedRange<Double>) -> Initializer {
    Initializer { _, _, _ in .uniform(range) }
  }

  /// Gaussian numbers of mean 0.
  public static func normal(standardDeviation: Double) -> Initializer {
    Initializer { _, _, _ in .normal(standardDeviation: standardDeviation) }
  }

  /// Gaussian numbers of mean 0 of which those beyond two standard deviations are drawn again: what comes out has 0.88
  /// of the deviation given.
  public static func truncatedNormal(standardDeviation: Double) -> Initializer {
    Initializer { _, _, _ in .truncatedNormal(standardDeviation: standardDeviation) }
  }

  /// Also called Glorot's: numbers within ±gain · √(6 / (fan-in + fan-out)), which keep the variance forwards and
  /// backwards.
  ///
  /// - SeeAlso: Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks",
  ///   equation 16.
  public static func xavierUniform(gain: Double) -> Initializer {
    Initializer { _, fanIn, fanOut in
      let bound = gain * (6 / Double(max(fanIn + fanOut, 1))).squareRoot()
      return .uniform(-bound...bound)
    }
  }

  public static let xavierUniform = xavierUniform(gain: 1)

  /// Gaussian numbers of standard deviation gain · √(2 / (fan-in + fan-out)): the variance of `xavierUniform`.
  public static func xavierNormal(gain: Double) -> Initializer {
    Initializer { _, fanIn, fanOut in
      .normal(standardDeviation: gain * (2 / Double(max(fanIn + fanOut, 1))).squareRoot())
    }
  }

  public static let xavierNormal = xavierNormal(gain: 1)

  /// Also called Kaiming's: numbers within ±gain · √(3 / fan-in).
  ///
  /// - Parameter gain: √2 keeps the variance through ReLUs; √(1/3) is what PyTorch's layers begin with.
  /// - SeeAlso: He et al. 2015, "Delving deep into rectifiers", equation 10.
  public static func heUniform(gain: Double) -> Initializer {
    Initializer { _, fanIn, _ in
      let bound = gain * (3 / Double(max(fanIn, 1))).squareRoot()
      return .uniform(-bound...bound)
    }
  }

  public static let heUniform = heUniform(gain: 2.squareRoot())

  /// Gaussian numbers of standard deviation gain / √fan-in: the variance of `heUniform`.
  public static func heNormal(gain: Double) -> Initializer {
    Initializer { _, fanIn, _ in .normal(standardDeviation: gain / Double(max(fanIn, 1)).squareRoot()) }
  }

  public static let heNormal = heNormal(gain: 2.squareRoot())

  /// A matrix whose rows or columns, whichever are fewer, are orthogonal to each other and as long as the gain.
  ///
  /// Filters count as a matrix with a row for each. All such matrices are equally likely.
  ///
  /// - SeeAlso: Saxe et al. 2014, "Exact solutions to the nonlinear dynamics of learning in deep linear neural
  ///   networks".
  public static func orthogonal(gain: Double) -> Initializer {
    Initializer { _, _, _ in .orthogonal(gain: gain) }
  }

  public static let orthogonal = orthogonal(gain: 1)
}
