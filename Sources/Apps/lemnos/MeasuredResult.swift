import Lemnos
import Wording

/// The result of an evaluation, as JSON and as text.
struct MeasuredResult: Encodable {
  struct Class: Encodable {
    let name: String
    let images: Int
    /// Nil for a class without images.
    let accuracy: Double?
  }

  /// An entry of the confusion matrix: the images of one class that were predicted as another or the same
  /// class.
  struct Answer: Encodable {
    let label: String
    let predicted: String
    let images: Int
  }

  let split: String
  let accuracy: Double
  let loss: Double
  let images: Int
  /// The loss and all metrics, by name.
  let measured: [String: Double]
  let classes: [Class]?
  let confusion: [Answer]?

  private let counts: Confusion?

  private enum CodingKeys: CodingKey {
    case split, accuracy, loss, images, measured, classes, confusion
  }

  /// - Parameter byClass: false to leave the classes out.
  init(
    split: Trainer.Split, _ measured: Evaluation, _ confusion: Confusion, byClass: Bool, classNames: [String]
  ) {
    self.split = split.rawValue
    (accuracy, loss, images) = (confusion.accuracy, measured.loss, measured.count)
    self.measured = measured.named
    let confusion = byClass ? confusion : nil
    counts = confusion
    classes = confusion.map { confusion in
      classNames.enumerated().map { number, name in
        Class(name: name, images: confusion.images(of: number), accuracy: confusion.accuracy(of: number))
      }
    }
    self.confusion = confusion.map { confusion in
      confusion.counts.sorted { ($0.key.label, $0.key.predicted) < ($1.key.label, $1.key.predicted) }.map {
        Answer(label: classNames[$0.key.label], predicted: classNames[$0.key.predicted], images: $0.value)
      }
    }
  }

  /// The largest number of classes for which a matrix is readable.
  private static let mostInMatrix = 20
  /// The limit on the rows of a list.
  private static let mostRows = 20

  /// The classes, and the totals in the last line.
  func text(width: Int) -> String {
    let name = split == Trainer.Split.test.rawValue ? "Test" : "Validation"
    let others = measured.filter { !["accuracy", "loss"].contains($0.key) }.sorted { $0.key < $1.key }.map {
      ", \($0.key) \(MetricText.plain($0.value, of: $0.key))"
    }
    let total =
      "\(name) accuracy \(NumberText.decimal(accuracy, 4)), loss \(NumberText.loss(loss))\(others.joined()), on \(images.grouped) images.\n"
    guard let classes, let counts, classes.count > 1 else { return total }
    let details = matrix(classes, counts, width: width) ?? lists(classes, counts, width: width)
    return details.map { "\($0)\n" }.joined() + total
  }

  /// The confusion matrix, a row per true class and a column per predicted class; nil if it is too wide.
  private func matrix(_ classes: [Class], _ counts: Confusion, width: Int) -> [String]? {
    guard classes.count <= Self.mostInMatrix else { return nil }
    var table = TextTable(
      [.text("class"), .number("images", rank: 0), .number("accuracy")]
        + classes.indices.map { .number("\($0)") })
    for (number, row) in classes.enumerated() {
      table.add(
        ["\(number) \(row.name)", row.images.grouped, text(row.accuracy)]
          + classes.indices.map { "\(counts[number, $0])" })
    }
    let lines = table.lines(width: width)
    guard lines.allSatisfy({ $0.count <= width }) else { return nil }
    return ["Of each class, how many images were taken for which:"] + lines + [""]
  }

  /// The classes with the lowest accuracy, and the most frequent confusions.
  private func lists(_ classes: [Class], _ counts: Confusion, width: Int) -> [String] {
    let seen = classes.enumerated().filter { $0.element.images > 0 }
    let worst = seen.sorted { ($0.element.accuracy ?? 1, $0.offset) < ($1.element.accuracy ?? 1, $1.offset) }
      .prefix(Self.mostRows).map(\.element)
    var table = TextTable([.text("class"), .number("images", rank: 0), .number("accuracy")])
    for row in worst { table.add([row.name, row.images.grouped, text(row.accuracy)]) }
    let title =
      seen.count > worst.count
      ? "The \(worst.count) of \(seen.count.grouped) classes that are known worst:" : "The classes:"
    var lines = [title] + table.lines(width: width) + [""]
    let mistakes = counts.mistakes()
    guard !mistakes.isEmpty else { return lines }
    var pairs = TextTable([.text("class"), .text("taken for"), .number("images")])
    for (pair, count) in mistakes.prefix(Self.mostRows) {
      pairs.add([classes[pair.label].name, classes[pair.predicted].name, count.grouped])
    }
    let hidden =
      mistakes.count > Self.mostRows ? "The \(Self.mostRows) most frequent mistakes:" : "The mistakes:"
    lines += [hidden] + pairs.lines(width: width) + [""]
    return lines
  }

  private func text(_ accuracy: Double?) -> String { accuracy.map { NumberText.decimal($0, 4) } ?? "–" }
}
