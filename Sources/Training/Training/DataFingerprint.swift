import Datasets

/// Identifies the examples of a run: their number and checksum.
struct DataFingerprint: Hashable, CustomStringConvertible {
  static let key = "lemnos.data"

  private let training: String
  private let validation: String?

  init(training: any DataSource, validation: (any DataSource)?) {
    self.training = Self.text(of: training)
    self.validation = validation.map { Self.text(of: $0) }
  }

  private static func text(of source: any DataSource) -> String {
    let digits = String(source.checksum, radix: 16)
    return
      "\(source.count) \(source is LabeledImages ? "images" : "examples") (\(String(repeating: "0", count: 8 - digits.count))\(digits))"
  }

  /// As recorded in a checkpoint: `36 images (1a2b3c4d), 4 images (5e6f7081) held out`.
  var description: String { training + (validation.map { ", \($0) held out" } ?? "") }
}
