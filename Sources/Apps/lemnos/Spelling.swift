import ArgumentParser
import Wording

/// Parses names typed by users, with a suggestion for an unknown one.
enum Spelling {
  /// - Throws: `ValidationError` that lists the names, the closest first.
  static func parse<Name: RawRepresentable & CaseIterable>(
    _ text: String, as type: Name.Type = Name.self
  ) throws -> Name where Name.RawValue == String {
    if let name = Name(rawValue: text) { return name }
    throw ValidationError("'\(text)' is unknown. \(Name.allCases.map(\.rawValue).advice(for: text))")
  }
}
