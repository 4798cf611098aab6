/// The weights of classes in a training loss: higher for rare classes.
public enum ClassWeights: Hashable, Sendable {
  /// N / (C · n_c): all classes have equal total weight, and the mean weight of an example is 1.
  case balanced
  case values([Double])

  /// The weight of each class.
  ///
  /// - Parameter labels: of the training examples. A class without any has weight 0.
  /// - Throws: `TrainingError.setting` for a list of another length, and for weights that are negative or
  ///   not finite.
  public func weights(of labels: [Int32], classes: Int) throws(TrainingError) -> [Double] {
    switch self {
    case .balanced:
      var counts = [Int](repeating: 0, count: classes)
      for label in labels where (0..<classes).contains(Int(label)) { counts[Int(label)] += 1 }
      let present = Double(counts.count { $0 > 0 })
      return counts.map { $0 > 0 ? Double(labels.count) / (present * Double($0)) : 0 }
    case .values(let weights):
      guard weights.count == classes, weights.allSatisfy({ $0.isFinite && $0 >= 0 }),
        weights.contains(where: { $0 > 0 })
      else {
        throw .setting(
          "the weights of classes are \(weights.count) numbers, but have to be \(classes), finite and not negative, one for each class"
        )
      }
      return weights
    }
  }
}

/// In a configuration: `balanced`, or a list of numbers.
extension ClassWeights: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let name = try? container.decode(String.self) {
      guard name == "balanced" else {
        throw DecodingError.dataCorruptedError(
          in: container, debugDescription: "'\(name)' is neither balanced nor a list of numbers")
      }
      self = .balanced
    } else {
      self = .values(try container.decode([Double].self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .balanced: try container.encode("balanced")
    case .values(let weights): try container.encode(weights)
    }
  }
}

extension ClassWeights: SettingValue {
  package static var placeholder: String { "balanced|x,x,…" }

  package init(texts: [String]) throws {
    guard texts != ["balanced"] else {
      self = .balanced
      return
    }
    do {
      self = .values(try [Double](texts: texts))
    } catch {
      throw SettingMisspelled("'\(texts.joined())' is neither balanced nor a list of numbers such as 1,2.5.")
    }
  }
}
