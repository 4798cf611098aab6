import Lemnos

extension Precision {
  /// The list of names for the help of options.
  static let names = allCases.map(\.rawValue).joined(separator: "|")
}
