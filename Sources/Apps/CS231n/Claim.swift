package import Reports
import Wording

/// One number of the assignment: as published, by PyTorch, and as reproduced here.
package struct Claim: Hashable, Sendable {
  package let experiment: String
  package let measure: Measure

  /// The output of a write-up's notebook: one run.
  package let published: Double?

  /// PyTorch's result with the same settings and data, over several seeds.
  package let torch: Band?
  package let ours: Band

  package enum Verdict: String, Sendable {
    /// At least the published number or, without one, PyTorch's mean.
    case reached = "as good or better"
    /// Below that, but within the noise of PyTorch's mean.
    case withinNoise = "within chance"
    case worse = "worse"
    /// There is no reference.
    case none = ""
  }

  /// - Parameter isComparable: true if data and form are the same as in the other columns.
  package func verdict(isComparable: Bool) -> Verdict {
    guard isComparable, measure.isBetterWhenGreater, published != nil || torch != nil else { return .none }
    if let published, ours.mean >= published { return .reached }
    guard let torch else {
      return published.map { ours.mean < $0 - 2 * ours.deviation } ?? false ? .worse : .withinNoise
    }
    // Two standard errors of the difference of the means. A single run has no spread: PyTorch's is used.
    let own = ours.count > 1 ? ours.deviation : torch.deviation
    let error =
      (own * own / Double(ours.count) + torch.deviation * torch.deviation / Double(torch.count)).squareRoot()
    if ours.mean < torch.mean - 2 * error { return .worse }
    return published == nil && ours.mean >= torch.mean ? .reached : .withinNoise
  }

  func cells(isComparable: Bool) -> [Table.Cell] {
    let verdict = verdict(isComparable: isComparable)
    let tone: Table.Cell.Tone =
      switch verdict {
      case .reached: .good
      case .withinNoise: .plain
      case .worse: .bad
      case .none: .dim
      }
    return [
      Table.Cell(experiment), Table.Cell(measure.rawValue),
      Table.Cell(published.map { NumberText.decimal($0, 3) } ?? "–", .dim),
      Table.Cell(torch.map(\.text) ?? "–", .dim), Table.Cell(ours.text), Table.Cell(verdict.rawValue, tone),
    ]
  }

  static let columns: [Table.Column] = [
    .text("experiment"), .text("measure"), .number("published"), .number("PyTorch"), .number("Lemnos"),
    .text(""),
  ]
}

/// The measured quantities of a training run.
package enum Measure: String, Sendable, CaseIterable {
  case firstLoss = "first loss"
  case trainingAccuracy = "training accuracy"
  case validationAccuracy = "validation accuracy"
  case bestValidationAccuracy = "best validation accuracy"

  var isBetterWhenGreater: Bool { self != .firstLoss }
}
