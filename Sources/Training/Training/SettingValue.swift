import Wording

/// A value that files of settings hold.
package protocol RecordedValue: Codable, Sendable {
  init(from container: KeyedDecodingContainer<SettingName>, as name: SettingName) throws
  func encode(to container: inout KeyedEncodingContainer<SettingName>, as name: SettingName) throws

  /// The numbers that have to be in a setting's range.
  var numbers: [any SettingNumber] { get }
}

/// A value that can be given on a command line too.
package protocol SettingValue: RecordedValue {
  /// Its placeholder in a line of help.
  static var placeholder: String { get }
  static var form: SettingForm { get }

  /// - Parameter texts: one but for a form that takes more; none for a flag.
  /// - Throws: `SettingMisspelled`
  init(texts: [String]) throws
}

package protocol SettingNumber: SettingValue, CustomStringConvertible {
  var asDouble: Double { get }
}

/// A value that is none of a setting's, in a sentence.
package struct SettingMisspelled: Error, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}

extension SettingValue {
  package static var form: SettingForm { .word }
}

extension RecordedValue {
  package var numbers: [any SettingNumber] { [] }

  package init(from container: KeyedDecodingContainer<SettingName>, as name: SettingName) throws {
    self = try container.decode(Self.self, forKey: name)
  }

  package func encode(to container: inout KeyedEncodingContainer<SettingName>, as name: SettingName) throws {
    try container.encode(self, forKey: name)
  }
}

/// A setting that is left open is in no file.
extension Optional: RecordedValue where Wrapped: RecordedValue {
  package var numbers: [any SettingNumber] { self?.numbers ?? [] }

  package init(from container: KeyedDecodingContainer<SettingName>, as name: SettingName) throws {
    self = try container.decodeIfPresent(Wrapped.self, forKey: name)
  }

  package func encode(to container: inout KeyedEncodingContainer<SettingName>, as name: SettingName) throws {
    try container.encodeIfPresent(self, forKey: name)
  }
}

extension Optional: SettingValue where Wrapped: SettingValue {
  package static var placeholder: String { Wrapped.placeholder }
  package static var form: SettingForm { Wrapped.form }
  package init(texts: [String]) throws { self = try Wrapped(texts: texts) }
}

extension SettingNumber {
  package static var form: SettingForm { .number }
  package var numbers: [any SettingNumber] { [self] }
}

extension SettingNumber where Self: LosslessStringConvertible {
  package init(texts: [String]) throws {
    guard let number = texts.first.flatMap(Self.init(_:)) else {
      throw SettingMisspelled("that is no \(Self.self == Double.self ? "number" : "whole number")")
    }
    self = number
  }
}

extension Int: SettingNumber {
  package static var placeholder: String { "n" }
  package var asDouble: Double { Double(self) }
}

extension UInt64: SettingNumber {
  package static var placeholder: String { "n" }
  package var asDouble: Double { Double(self) }
}

extension Double: SettingNumber {
  package static var placeholder: String { "x" }
  package var asDouble: Double { self }
}

extension Bool: SettingValue {
  package static var placeholder: String { "" }
  package static var form: SettingForm { .flag }
  package init(texts: [String]) { self = true }
}

extension String: SettingValue {
  package static var placeholder: String { "text" }
  package init(texts: [String]) { self = texts.first ?? "" }
}

extension Array: RecordedValue where Element: RecordedValue {
  package var numbers: [any SettingNumber] { flatMap(\.numbers) }
}

/// With commas between them.
extension Array: SettingValue where Element: SettingValue {
  package static var placeholder: String { "\(Element.placeholder),\(Element.placeholder),…" }
  package static var form: SettingForm { Element.form }

  package init(texts: [String]) throws {
    self = try texts.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
      .map { try Element(texts: [String($0)]) }
  }
}

/// A choice of names: of one that is unknown the nearest is suggested.
extension SettingValue where Self: RawRepresentable<String> & CaseIterable {
  package static var placeholder: String { names.joined(separator: "|") }
  private static var names: [String] { allCases.map(\.rawValue) }

  package init(texts: [String]) throws {
    let text = texts.first ?? ""
    guard let value = Self(rawValue: text) else {
      throw SettingMisspelled("'\(text)' is unknown. \(Self.names.advice(for: text))")
    }
    self = value
  }
}
