/// The comparison of analytic gradients with others.
public struct GradientReport: Sendable, CustomStringConvertible {
  /// The reference of a row.
  public enum Comparison: Sendable {
    /// float64 gradients against central differences.
    ///
    /// The error of an element is |a − n| / max(10⁻⁸, |a| + |n|).
    case differences

    /// A device's float32 gradients against the CPU's float64 ones.
    ///
    /// The error of an element is |a − n| relative to the greatest gradient of its tensor, or to a tenth of
    /// the greatest of all, because where a sum cancels, as before a normalization, the rounding errors of
    /// its terms remain.
    case float64

    /// The error bound.
    public var bound: Double {
      switch self {
      case .differences: 1e-6
      // Every step rounds to 6·10⁻⁸, and errors grow as the square root of the number of steps, some
      // thousands at most: 4·10⁻⁶, with a margin for what normalizations amplify. lavapipe has 1.5·10⁻⁶. A
      // wrong kernel is off by far more.
      case .float64: 1e-5
      }
    }
  }

  /// The result for one tensor's gradient.
  public struct Row: Sendable {
    public let name: String
    public let comparison: Comparison

    /// The number of compared elements.
    public let count: Int

    /// Their greatest error.
    public let error: Double

    /// The row-major index of the element with the greatest error, its analytic gradient, and the reference.
    public let worst: (index: Int, analytic: Double, numeric: Double)

    /// Finds the worst of some elements.
    init(
      name: String, _ comparison: Comparison, _ elements: [(analytic: Double, numeric: Double, error: Double)]
    ) {
      var (worst, error) = ((index: 0, analytic: 0.0, numeric: 0.0), 0.0)
      for (index, element) in elements.enumerated() where !error.isNaN && !(element.error <= error) {
        // NaN is worst of all, and stays.
        error = element.error
        worst = (index, element.analytic, element.numeric)
      }
      (self.name, self.comparison, count, self.error, self.worst) =
        (name, comparison, elements.count, error, worst)
    }
  }

  /// The backend of the gradients.
  public let backend: String
  public let rows: [Row]

  /// True if a device without float64 was compared in float32.
  public var isInFloat32: Bool { rows.contains { $0.comparison == .float64 } }

  /// The greatest relative error of all.
  public var error: Double { rows.reduce(0) { $1.error.isNaN ? .nan : max($0, $1.error) } }

  /// The rows whose error is not below a bound, by default that of their comparison.
  public func failures(above bound: Double? = nil) -> [Row] {
    rows.filter { !($0.error < bound ?? $0.comparison.bound) }
  }

  public var description: String {
    let width = rows.reduce(4) { max($0, $1.name.count) }
    return rows.map { row in
      let name = row.name + String(repeating: " ", count: width - row.name.count)
      let line = "\(name)  relative error \(scientific(row.error))  over \(row.count) elements"
      return isInFloat32 ? "\(line), \(row.comparison.text)" : line
    }.joined(separator: "\n")
  }
}

extension GradientReport.Comparison {
  fileprivate var text: String {
    switch self {
    case .differences: "the CPU's in float64 against differences"
    case .float64: "in float32 against the CPU's"
    }
  }
}

/// A number with three digits: `1.23e-09`.
private func scientific(_ x: Double) -> String {
  guard x.isFinite, x != 0 else { return x == 0 ? "0" : "\(x)" }
  var exponent = 0
  var mantissa = abs(x)
  while mantissa >= 9.995 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
  while mantissa < 0.9995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
  let hundredths = Int((mantissa * 100).rounded())
  let power = abs(exponent) < 10 ? "0\(abs(exponent))" : "\(abs(exponent))"
  let cents = hundredths % 100 < 10 ? "0\(hundredths % 100)" : "\(hundredths % 100)"
  return "\(x < 0 ? "-" : "")\(hundredths / 100).\(cents)e\(exponent < 0 ? "-" : "+")\(power)"
}
