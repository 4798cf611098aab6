import Wording

extension ClassificationMetric {
  private static let named = [accuracy, auc, f1, iou, perplexity, precision, recall]

  /// One of the ready ones by its name, `top5` for any number; nil if there is none of that name.
  ///
  /// Those of a single class have none here: `lemnos evaluate` prints each class.
  public init?(named name: String) {
    if let metric = Self.named.first(where: { $0.name == name }) {
      self = metric
    } else if name.hasPrefix("top"), let k = Int(name.dropFirst(3)), k > 0 {
      self = .top(k)
    } else {
      return nil
    }
  }
}

/// In a configuration: its name.
extension ClassificationMetric: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let metric = ClassificationMetric(named: name) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(name)' is no metric")
    }
    self = metric
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}

extension ClassificationMetric: SettingValue {
  package static var placeholder: String { "accuracy|top5|f1" }

  package init(texts: [String]) throws {
    let text = texts.first ?? ""
    guard let metric = ClassificationMetric(named: text) else {
      let names = Self.named.map(\.name) + ["top5"]
      throw SettingMisspelled("'\(text)' is no metric. \(names.advice(for: text))")
    }
    self = metric
  }
}
