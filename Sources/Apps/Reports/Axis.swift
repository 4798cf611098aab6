import Glibc
import Wording

/// An axis of a chart: its range and ticks.
struct Axis {
  let scale: Chart.Scale
  /// On the scale: the numbers, or their decimal logarithms.
  let range: ClosedRange<Double>
  let ticks: [(place: Double, label: String)]

  /// An axis that covers these numbers.
  init(_ scale: Chart.Scale, holding numbers: [Double]) {
    self.scale = scale
    let places = numbers.compactMap { Axis.measure($0, scale) }
    var (low, high) = (places.min() ?? 0, places.max() ?? 1)
    let size = max(abs(low), abs(high))
    if high - low < 1e-9 * max(size, 1e-9) {
      // One half of a large number is below its precision.
      let margin = max(0.5, 1e-6 * size)
      (low, high) = (low - margin, high + margin)
    }
    switch scale {
    case .linear:
      let step = Axis.niceStep((high - low) / 5)
      let (first, last) = ((low / step).rounded(.down), (high / step).rounded(.up))
      range = first * step...last * step
      let places = max(0, Int(-log10(step).rounded(.down)))
      ticks = stride(from: first, through: last, by: 1).map {
        ($0 * step, NumberText.decimal($0 * step, places))
      }
    case .logarithmic:
      range = low...high
      let decades = stride(from: low.rounded(.up), through: high, by: 1)
      ticks = decades.map { ($0, "10" + Axis.superscript(Int($0))) }
    }
  }

  /// The position of a number on the axis, from 0 to 1; nil if it has none.
  func fraction(_ number: Double) -> Double? {
    Axis.measure(number, scale).map { fraction(ofPlace: $0) }
  }

  func fraction(ofPlace place: Double) -> Double {
    (place - range.lowerBound) / (range.upperBound - range.lowerBound)
  }

  private static func measure(_ number: Double, _ scale: Chart.Scale) -> Double? {
    // Beyond this, the axis' length could overflow to infinity.
    guard abs(number) <= 1e300 else { return nil }
    switch scale {
    case .linear: return number
    case .logarithmic: return number > 0 ? log10(number) : nil
    }
  }

  /// The least of 1, 2 and 5 times a power of ten that is at least `step`.
  private static func niceStep(_ step: Double) -> Double {
    let power = pow(10, log10(step).rounded(.down))
    return power * ([1, 2, 5].first { $0 * power >= step * (1 - 1e-9) } ?? 10)
  }

  private static func superscript(_ exponent: Int) -> String {
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    return (exponent < 0 ? "⁻" : "")
      + String(String(abs(exponent)).compactMap(\.wholeNumberValue).map { digits[$0] })
  }
}
