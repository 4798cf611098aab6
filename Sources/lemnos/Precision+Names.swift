import Lemnos

extension Precision {
  /// For the help of options.
  static let names = allCases.map(\.rawValue).joined(separator: "|")
}
