import ArgumentParser
import Wording

/// Parses names typed by users, with a suggestion for an unknown one.
enum Spelling {
  /// - Throws: `ValidationError` that lists the names, the closest first.
  static func parse<Name: RawRepresentable & CaseIterable>(
    _ text: String, as type: Name.Type = Name.self
  ) throws -> Name where Name.RawValue == String {
    if let name = Name(rawValue: text) { return name }
    let names = Name.allCases.map(\.rawValue)
    throw ValidationError("'\(text)' is unknown. \(advice(for: text, among: names))")
  }

  static func advice(for text: String, among names: [String]) -> String {
    let choices = "Choose from: \(names.joined(separator: ", "))."
    return names.closest(to: text).map { "Did you mean '\($0)'? \(choices)" } ?? choices
  }
}
