/// Text formatting of numbers.
package enum NumberText {
  /// With a fixed number of decimals: 0.4300.
  package static func decimal(_ x: Double, _ places: Int) -> String {
    let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
    // Beyond 2⁶² an integer overflows, and beyond 2⁵³ there are no decimals anyway.
    guard x.isFinite, abs(x) < 1e15, abs(x) * scale < 0x1p62 else { return "\(x)" }
    let scaled = Int((abs(x) * scale).rounded())
    let digits = String(scaled)
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    let sign = x < 0 && scaled != 0 ? "-" : ""
    return places == 0 ? sign + padded : sign + padded.dropLast(places) + "." + padded.suffix(places)
  }

  /// Without decimals, with thousands separators: 12,345.
  package static func whole(_ x: Double) -> String {
    guard x.isFinite, abs(x) < 1e15 else { return "\(x)" }
    return Int(x).grouped
  }

  /// A loss: six significant digits.
  package static func loss(_ x: Double) -> String {
    guard x.isFinite else { return "\(x)" }
    return decimal(x, abs(x) >= 100 ? 3 : abs(x) >= 10 ? 4 : 5)
  }

  /// Minutes and seconds, or hours too: 1:05, 2:00:10; a question mark for an implausible time.
  package static func time(_ seconds: Double) -> String {
    guard seconds >= 0, seconds < 1e9 else { return "?" }
    let total = Int(seconds.rounded())
    let two = { (n: Int) in n < 10 ? "0\(n)" : "\(n)" }
    return total < 3600
      ? "\(total / 60):\(two(total % 60))" : "\(total / 3600):\(two(total / 60 % 60)):\(two(total % 60))"
  }

  /// In scientific notation with three digits: 1.23e-09.
  package static func scientific(_ x: Double) -> String {
    guard x.isFinite, x != 0 else { return x == 0 ? "0" : "\(x)" }
    var exponent = 0
    var mantissa = abs(x)
    while mantissa >= 9.995 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    while mantissa < 0.9995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
    let power = abs(exponent) < 10 ? "0\(abs(exponent))" : "\(abs(exponent))"
    return "\(x < 0 ? "-" : "")\(decimal(mantissa, 2))e\(exponent < 0 ? "-" : "+")\(power)"
  }
}
