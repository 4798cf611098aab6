import Lemnos
import Wording

/// The printed form of a comparison of two backends: a table of values, and the verdict.
struct ComparisonText {
  private let comparison: StepComparison
  private let model: String
  private let names: [String]
  private let width: Int

  /// The limit on table rows: in a step most values agree, and more rows say little.
  private static let mostRows = 12

  /// - Parameter names: the two backends as the user named them.
  init(_ comparison: StepComparison, of model: String, names: [String], width: Int) {
    (self.comparison, self.model, self.names, self.width) = (comparison, model, names, width)
  }

  /// - Parameter all: whether to list every value.
  func text(all: Bool) -> String {
    let opening = [
      "A training step of \(model), \(comparison.batchSize.grouped) images, on \(names[0]) and \(names[1]).",
      "\(names[0]): \(comparison.backends[0])", "\(names[1]): \(comparison.backends[1])",
    ]
    let rows = all ? comparison.values : Array(furthest.prefix(Self.mostRows))
    var sections = [opening.flatMap { $0.wrapped(to: width) }, table(of: rows).lines(width: width)]
    if rows.count < comparison.values.count {
      sections[1].append("\((comparison.values.count - rows.count).grouped) more are listed by --all.")
    }
    sections.append(verdict.wrapped(to: width))
    return sections.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
  }

  /// The values that exceed their tolerance first, then those closest to it.
  private var furthest: [StepComparison.Value] {
    comparison.values.enumerated().sorted { a, b in
      let shares = (a.element.worst?.share ?? 0, b.element.worst?.share ?? 0)
      return (a.element.agrees ? 1 : 0, -shares.0, a.offset) < (b.element.agrees ? 1 : 0, -shares.1, b.offset)
    }.map(\.element)
  }

  private func table(of values: [StepComparison.Value]) -> TextTable {
    var table = TextTable([
      .text("pass"), .text("layer or state"), .text("operations"), .text("result"),
      .number("differ", rank: 0),
      .number("ULP", rank: 1), .number("difference"), .number("of tolerance"),
    ])
    for value in values {
      let worst = value.worst
      table.add([
        value.phase, Self.place(value), Self.operations(value), value.type, value.differing.grouped,
        worst.map { $0.ulps.map { Int(clamping: $0).grouped } ?? "NaN" } ?? "",
        worst.map { NumberText.scientific($0.difference) } ?? "",
        value.agrees
          ? worst.map { RateText.percent($0.share, 1) }
            ?? (value.unbounded > 0 ? "no bound" : "the same bits")
          : "parts",
      ])
    }
    return table
  }

  /// The layer; for an update the updated tensor: the parameter itself or its optimizer state.
  private static func place(_ value: StepComparison.Value) -> String {
    value.phase == "update" ? value.state ?? value.subject : value.subject
  }

  private static func operations(_ value: StepComparison.Value) -> String {
    let names = value.operations
    guard names.count > 4, let first = names.first, let last = names.last else {
      return names.isEmpty ? "copy" : names.joined(separator: ", ")
    }
    return "\(first), \((names.count - 2).grouped) more, \(last)"
  }

  private var verdict: String {
    let count = comparison.values.count
    let unbounded = comparison.values.reduce(0) { $0 + $1.unbounded }
    let rest =
      unbounded == 0
      ? ""
      : " Of \(unbounded.grouped) elements that differ nothing can be said: what they are computed from in one kernel is near a jump."
    guard let value = comparison.parting, let worst = value.worst else {
      return "The two agree in all \(count.grouped) values that both write to memory.\(rest)"
    }
    let parted = comparison.values.count { !$0.agrees }
    let place = value.phase == "update" ? "update of" : "\(value.phase) pass of"
    let distance = worst.ulps.map { "\(Int(clamping: $0).grouped) ULP apart" } ?? "one of them NaN"
    return
      "They part in \(parted.grouped) of \(count.grouped) values, first in \(Self.operations(value)), \(place) "
      + "\(Self.place(value).isEmpty ? "the model" : Self.place(value)): element \(worst.index) of \(value.type) is "
      + "\(Self.number(worst.first, value)) on \(names[0]) and \(Self.number(worst.second, value)) on \(names[1]), \(distance), "
      + "where \(NumberText.scientific(worst.tolerance)) is allowed; \(value.parted.grouped) of \(value.elements.grouped) "
      + "elements are too far apart.\(rest)"
  }

  private static func number(_ number: Double, _ value: StepComparison.Value) -> String {
    value.type.hasPrefix("float32") ? "\(Float(number))" : "\(number)"
  }
}
