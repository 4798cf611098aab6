/// How gradients by formula compare with gradients by central differences.
public struct GradientReport: Sendable, CustomStringConvertible {
  /// What one tensor's gradient came to.
  public struct Row: Sendable {
    public let name: String

    /// How many of its elements were compared.
    public let count: Int

    /// max |a − n| / max(10⁻⁸, |a| + |n|) over them.
    public let error: Double

    /// The element with the greatest error, row-major, and its gradient by formula and by differences.
    public let worst: (index: Int, analytic: Double, numeric: Double)
  }

  public let rows: [Row]

  /// The greatest relative error of all.
  public var error: Double { rows.reduce(0) { $1.error.isNaN ? .nan : max($0, $1.error) } }

  /// The rows whose error is not below a bound.
  public func failures(above bound: Double = 1e-6) -> [Row] { rows.filter { !($0.error < bound) } }

  public var description: String {
    let width = rows.reduce(4) { max($0, $1.name.count) }
    return rows.map { row in
      let name = row.name + String(repeating: " ", count: width - row.name.count)
      return "\(name)  relative error \(scientific(row.error))  over \(row.count) elements"
    }.joined(separator: "\n")
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
