import ArgumentParser
import Wording

/// Names that users type: what is not among them gets a suggestion.
enum Spelling {
  /// - Throws: `ValidationError` that lists the names, the nearest first.
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
