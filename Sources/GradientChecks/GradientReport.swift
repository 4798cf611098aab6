/// How gradients by formula compare with gradients found in another way.
public struct GradientReport: Sendable, CustomStringConvertible {
  /// What the gradients of a row are compared with.
  public enum Comparison: Sendable {
    /// Gradients in float64, with central differences.
    ///
    /// The error of an element is |a − n| / max(10⁻⁸, |a| + |n|).
    case differences

    /// A device's gradients in float32, with the CPU's in float64.
    ///
    /// The error of an element is |a − n| relative to the greatest gradient of its tensor, or to a tenth of the greatest of
    /// all, because where a sum cancels, as before a normalization, the rounding of its terms is left.
    case float64

    /// What errors have to be below.
    public var bound: Double {
      switch self {
      case .differences: 1e-6
      // Every step rounds to 6·10⁻⁸, and errors grow like the root of how many steps there are, some thousands at most: 4·10⁻⁶,
      // with some room for what normalizations multiply. On lavapipe they come to 1.5·10⁻⁶. A wrong kernel is off by far more.
      case .float64: 1e-5
      }
    }
  }

  /// What one tensor's gradient came to.
  public struct Row: Sendable {
    public let name: String
    public let comparison: Comparison

    /// How many of its elements were compared.
    public let count: Int

    /// The greatest error of them.
    public let error: Double

    /// The element with the greatest error, row-major, its gradient by formula, and what that is compared with.
    public let worst: (index: Int, analytic: Double, numeric: Double)

    /// Finds the worst of some elements.
    init(
      name: String, _ comparison: Comparison, _ elements: [(analytic: Double, numeric: Double, error: Double)]
    ) {
      var (worst, error) = ((index: 0, analytic: 0.0, numeric: 0.0), 0.0)
      for (index, element) in elements.enumerated() where !error.isNaN && !(element.error <= error) {
        // Not a number is worst of all, and stays.
        error = element.error
        worst = (index, element.analytic, element.numeric)
      }
      (self.name, self.comparison, count, self.error, self.worst) =
        (name, comparison, elements.count, error, worst)
    }
  }

  /// What the gradients were computed on.
  public let backend: String
  public let rows: [Row]

  /// Whether a device without float64 was compared in float32.
  public var isInFloat32: Bool { rows.contains { $0.comparison == .float64 } }

  /// The greatest relative error of all.
  public var error: Double { rows.reduce(0) { $1.error.isNaN ? .nan : max($0, $1.error) } }

  /// The rows whose error is not below a bound, or, unless there is one, below that of their comparison.
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
