/// Low-rank adaptation: a frozen weight W is trained by the product of two small matrices beside it.
///
///     y = x W + s · (x A) B,   s = alpha / rank
///
/// Of a dense layer `[D, units]`, A is `[D, rank]` and B `[rank, units]`; of a convolution `[K, C, R, S]`, A is `rank` filters
/// of the same window, `[rank, C, R, S]`, and B one of 1×1, `[K, rank, 1, 1]`. A begins with numbers within ±1 / √fan-in, B
/// with zeros, so that a run begins with the frozen network.
///
/// Decomposed (DoRA), W + s A B gives each output its direction only, and a magnitude m is learned, which begins as W's:
///
///     y = m / ‖W + s A B‖ · (x W + s · (x A) B)
///
/// The norm is over the inputs of each output, and counts as a constant in the backward pass.
///
/// - SeeAlso: Hu et al. 2021, "LoRA: Low-rank adaptation of large language models"; Liu et al. 2024, "DoRA: Weight-decomposed
///   low-rank adaptation", section 4.3 for the constant.
public struct LoRA: Hashable, Sendable {
  /// The columns of A and the rows of B.
  public var rank: Int

  /// What the product is multiplied by, times the rank: so the learning rate suits several ranks.
  public var alpha: Double

  /// Whether it is DoRA.
  public var isDecomposed: Bool

  public init(rank: Int, alpha: Double, decomposed: Bool = false) {
    (self.rank, self.alpha, isDecomposed) = (rank, alpha, decomposed)
  }

  /// The factor s of the product.
  public var scale: Double { alpha / Double(rank) }
}

extension LoRA {
  /// A parameter of an adapter; each is named for the weight that it is beside, `block0.attention.qkv.weight.lora_A`.
  package enum Part: String, CaseIterable, Sendable {
    case down = "lora_A"
    case up = "lora_B"
    case magnitude = "lora_magnitude"

    package func name(of weight: String) -> String { "\(weight).\(rawValue)" }
  }

  /// The weight whose adapter has a parameter of this name; nil for a parameter of the network itself.
  package static func weight(ofAdapter name: String) -> String? {
    Part.allCases.lazy.compactMap { part in
      name.hasSuffix(".\(part.rawValue)") ? String(name.dropLast(part.rawValue.count + 1)) : nil
    }.first
  }

  /// The shapes of A and B beside a weight.
  ///
  /// - Precondition: the weight is of rank 2 or more.
  package func shapes(of weight: Shape) -> (down: Shape, up: Shape) {
    guard weight.rank > 2 else { return ([weight[0], rank], [rank, weight[1]]) }
    let window = weight.dimensions.dropFirst()
    return (Shape([rank] + window), Shape([weight[0], rank] + window.dropFirst().map { _ in 1 }))
  }

  /// Inputs of a sum, and outputs, of a dense layer's or a convolution's weight.
  package static func sides(of weight: Shape) -> (inputs: Int, outputs: Int) {
    weight.rank > 2 ? (weight.dimensions.dropFirst().reduce(1, *), weight[0]) : (weight[0], weight[1])
  }
}

// As people write it.
extension LoRA: CustomStringConvertible {
  /// `rank=8,alpha=16`, and `,dora` if it is decomposed.
  public var description: String {
    let alpha = Int(exactly: alpha).map(String.init) ?? "\(alpha)"
    return "rank=\(rank),alpha=\(alpha)\(isDecomposed ? ",dora" : "")"
  }

  /// A text that is none, in a sentence.
  package struct Misspelled: Error, CustomStringConvertible {
    package let description: String
  }

  /// Reads a `description`; without an alpha it is the rank, so that the factor is 1.
  package init(_ text: String) throws(Misspelled) {
    let usual = "such as rank=8,alpha=16 or rank=8,alpha=16,dora"
    var (rank, alpha, isDecomposed): (Int?, Double?, Bool) = (nil, nil, false)
    for word in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      switch (sides[0], sides.count > 1 ? sides[1] : nil) {
      case ("rank", let number?) where rank == nil && Int(number) != nil: rank = Int(number)
      case ("alpha", let number?) where alpha == nil && Double(number) != nil: alpha = Double(number)
      case ("dora", nil) where !isDecomposed: isDecomposed = true
      default:
        throw Misspelled(description: "'\(word)' in '\(text)' is no part of a low-rank adaptation, \(usual)")
      }
    }
    guard let rank else { throw Misspelled(description: "'\(text)' has no rank; write it \(usual)") }
    guard (1...1 << 16).contains(rank) else {
      throw Misspelled(
        description: "the rank of a low-rank adaptation is \(rank), but has to be from 1 to \(1 << 16)")
    }
    let factor = alpha ?? Double(rank)
    guard factor.isFinite, factor > 0 else {
      throw Misspelled(
        description: "the alpha of a low-rank adaptation is \(factor), but has to be a finite number above 0")
    }
    self.init(rank: rank, alpha: factor, decomposed: isDecomposed)
  }
}

/// In a configuration: its description.
extension LoRA: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    do {
      try self.init(container.decode(String.self))
    } catch let error as Misspelled {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
