/// Numbers as people read them.
enum NumberText {
  /// With a fixed number of decimals: 0.4300.
  static func decimal(_ x: Double, _ places: Int) -> String {
    guard x.isFinite, abs(x) < 1e15 else { return "\(x)" }
    let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
    let scaled = Int((abs(x) * scale).rounded())
    let digits = String(scaled)
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    let sign = x < 0 && scaled != 0 ? "-" : ""
    return places == 0 ? sign + padded : sign + padded.dropLast(places) + "." + padded.suffix(places)
  }

  /// A loss: six significant digits.
  static func loss(_ x: Double) -> String {
    guard x.isFinite else { return "\(x)" }
    return decimal(x, abs(x) >= 100 ? 3 : abs(x) >= 10 ? 4 : 5)
  }

  /// Minutes and seconds, or hours too: 1:05, 2:00:10.
  static func time(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "?" }
    let total = Int(seconds.rounded())
    let two = { (n: Int) in n < 10 ? "0\(n)" : "\(n)" }
    return total < 3600
      ? "\(total / 60):\(two(total % 60))" : "\(total / 3600):\(two(total / 60 % 60)):\(two(total % 60))"
  }
}
