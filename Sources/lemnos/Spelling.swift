import ArgumentParser
import Wording

/// Names that users type: what is not among them gets a suggestion.
enum Spelling {
  /// - Throws: `ValidationError` that lists the names, the nearest first.
  static func parse<Name: RawRepresentable & CaseIterable>(
    _ text: String, as type: Name.Type = Name.self
  ) throws -> Name where Name.RawValue == String {
    if let name = Name(rawValue: text) { return name }
    throw ValidationError("'\(text)' is unknown. \(Name.allCases.map(\.rawValue).advice(for: text))")
  }
}
