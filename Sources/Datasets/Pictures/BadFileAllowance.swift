import Wording

/// How many files of a set of pictures may be bad: they are skipped, and named in the set's notes.
public enum BadFileAllowance: Hashable, Sendable {
  /// Ten, or one in a hundred if that is more.
  case usual
  /// This many.
  case count(Int)
  /// This part of all pictures, from 0 to 1.
  case share(Double)

  /// A number of files, or a share of them with a percent sign: "20" or "5%".
  ///
  /// - Returns: nil for anything else, and for what is below none or beyond all.
  public init?(_ text: String) {
    if text.hasSuffix("%") {
      guard let percent = Double(text.dropLast()), (0...100).contains(percent) else { return nil }
      self = .share(percent / 100)
    } else {
      guard let count = Int(text), count >= 0 else { return nil }
      self = .count(count)
    }
  }

  /// The most that may be bad of some files.
  func most(of files: Int) -> Int {
    switch self {
    case .usual: max(10, files / 100)
    case .count(let count): count
    // A hair more, for 7 % of 100 is 7.000000000000001 in binary or a hair less.
    case .share(let share): Int((share * Double(files) + 1e-9).rounded(.down))
    }
  }
}

extension BadFileAllowance: Codable {
  /// As it is written: "5%".
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    // A plain number is one in files that tell the two apart.
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
  /// As it is read: "5%", "20"; "usual" for the usual.
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
