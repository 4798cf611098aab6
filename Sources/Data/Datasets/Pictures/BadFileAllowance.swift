import Wording

/// The number of unreadable files in a set of pictures that is tolerated: they are skipped, and named in the
/// set's notes.
public enum BadFileAllowance: Hashable, Sendable {
  /// Ten, or 1 % if that is more.
  case usual
  /// This many.
  case count(Int)
  /// This fraction of all pictures, from 0 to 1.
  case share(Double)

  /// A number of files, or a percentage: "20" or "5%".
  ///
  /// - Returns: nil for anything else, and out of range.
  public init?(_ text: String) {
    if text.hasSuffix("%") {
      guard let percent = Double(text.dropLast()), (0...100).contains(percent) else { return nil }
      self = .share(percent / 100)
    } else {
      guard let count = Int(text), count >= 0 else { return nil }
      self = .count(count)
    }
  }

  /// The maximum number of bad ones among some files.
  func most(of files: Int) -> Int {
    switch self {
    case .usual: max(10, files / 100)
    case .count(let count): count
    // Tolerates rounding: 7 % of 100 is 7.000000000000001 in binary, or slightly less.
    case .share(let share): Int((share * Double(files) + 1e-9).rounded(.down))
    }
  }
}

extension BadFileAllowance: Codable {
  /// The textual form: "5%".
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    // In files that distinguish them, a plain number is a number.
    let text = try (try? container.decode(Int.self)).map(String.init) ?? container.decode(String.self)
    guard let allowance = BadFileAllowance(text) ?? (text == "usual" ? .usual : nil) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "'\(text)' is neither a number of files nor a share such as 5%")
    }
    self = allowance
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension BadFileAllowance: CustomStringConvertible {
  /// The textual form: "5%", "20"; "usual" for the default.
  public var description: String {
    switch self {
    case .usual: return "usual"
    case .count(let count): return "\(count)"
    case .share(let share):
      // 100 × 0.07 is 7.000000000000001.
      let percent = (share * 1e8).rounded() / 1e6
      return percent == percent.rounded() ? "\(Int(percent))%" : "\(percent)%"
    }
  }
}
