/// A time in a suitable unit.
func text(_ seconds: Double) -> String {
  let (scaled, unit) = seconds < 1e-3 ? (seconds * 1e6, "µs") : (seconds * 1e3, "ms")
  return "\(rounded(scaled)) \(unit)"
}

/// Two decimals.
func rounded(_ x: Double) -> String {
  let hundredths = Int((x * 100).rounded())
  return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
}
