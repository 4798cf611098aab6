/// A setting as people write it: from one row of a table follow its option on the command line with its line of help,
/// its name in files of settings and in checkpoints, and what it may be.
///
///     Setting("clipNorm", \.clipNorm, "clip-norm", "Scale gradients down to this norm, all together.",
///       .aboveZero { "gradients are clipped to a norm of \($0)" })
package struct Setting<Root>: Sendable {
  /// In files; nil for a part of another setting.
  package let name: String?
  /// Without its dashes; nil for a setting that only files have.
  package let option: String?
  package let help: String
  /// The placeholder of its value in the help: `n`, `none|blocks`.
  package let placeholder: String
  package let form: SettingForm
  package let scope: SettingScope

  private let encode: @Sendable (Root, inout KeyedEncodingContainer<SettingName>, SettingName) throws -> Void
  private let decode: @Sendable (inout Root, KeyedDecodingContainer<SettingName>, SettingName) throws -> Void
  private let parse: @Sendable ([String]) throws -> @Sendable (inout Root) -> Void
  private let refusal: @Sendable (Root) -> String?

  /// - Parameters:
  ///   - option: without its dashes.
  ///   - placeholder: nil for the usual one of its type.
  ///   - parse: from what people write, where its type has no form of its own, or another.
  package init<Value: SettingValue>(
    _ name: String?, _ path: any WritableKeyPath<Root, Value> & Sendable, _ option: String, _ help: String,
    _ range: SettingRange? = nil, placeholder: String? = nil, form: SettingForm? = nil,
    scope: SettingScope = .step, parse: (@Sendable (String) throws -> Value)? = nil
  ) {
    self.init(
      name, path, option: option, help, range, placeholder: placeholder ?? Value.placeholder,
      form: form ?? Value.form, scope: scope
    ) { texts in try parse.map { try $0(texts.first ?? "") } ?? Value(texts: texts) }
  }

  /// A setting that only files have.
  package init<Value: RecordedValue>(
    recorded name: String, _ path: any WritableKeyPath<Root, Value> & Sendable, _ range: SettingRange? = nil
  ) {
    self.init(name, path, option: nil, "", range, placeholder: "", form: .word, scope: .run) { _ in
      throw SettingMisspelled("'\(name)' is for files only")
    }
  }

  private init<Value: RecordedValue>(
    _ name: String?, _ path: any WritableKeyPath<Root, Value> & Sendable, option: String?, _ help: String,
    _ range: SettingRange?, placeholder: String, form: SettingForm, scope: SettingScope,
    parse value: @escaping @Sendable ([String]) throws -> Value
  ) {
    (self.name, self.option, self.help, self.scope) = (name, option, help, scope)
    (self.placeholder, self.form) = (placeholder, form)
    encode = { try $0[keyPath: path].encode(to: &$1, as: $2) }
    decode = { $0[keyPath: path] = try Value(from: $1, as: $2) }
    parse = { texts in
      let value = try value(texts)
      return { $0[keyPath: path] = value }
    }
    refusal = { root in
      range.flatMap { range in root[keyPath: path].numbers.lazy.compactMap(range.refusal).first }
    }
  }

  private init<Part>(_ part: Setting<Part>, in path: any WritableKeyPath<Root, Part> & Sendable) {
    (name, option, help, placeholder) = (part.name, part.option, part.help, part.placeholder)
    (form, scope) = (part.form, part.scope)
    encode = { try part.encode($0[keyPath: path], &$1, $2) }
    decode = { try part.decode(&$0[keyPath: path], $1, $2) }
    parse = { texts in
      let set = try part.parse(texts)
      return { set(&$0[keyPath: path]) }
    }
    refusal = { part.refusal($0[keyPath: path]) }
  }

  /// The same setting of what has this as a part.
  package func within<Whole>(_ path: any WritableKeyPath<Whole, Root> & Sendable) -> Setting<Whole> {
    Setting<Whole>(self, in: path)
  }

  /// What an option sets.
  ///
  /// - Throws: a sentence, as `CustomStringConvertible`.
  package func value(of texts: [String]) throws -> @Sendable (inout Root) -> Void { try parse(texts) }

  package func encode(_ root: Root, to container: inout KeyedEncodingContainer<SettingName>) throws {
    if let name { try encode(root, &container, SettingName(stringValue: name)) }
  }

  /// Settings missing from the file are unchanged.
  package func decode(_ root: inout Root, from container: KeyedDecodingContainer<SettingName>) throws {
    guard let key = name.map(SettingName.init), container.contains(key) else { return }
    try decode(&root, container, key)
  }

  /// - Throws: `TrainingError.setting` for a value out of its range.
  package func check(_ root: Root) throws(TrainingError) {
    if let reason = refusal(root) { throw .setting(reason) }
  }
}

/// Which commands take an option.
package enum SettingScope: Sendable {
  /// All that do training steps.
  case step
  /// Those that train from a beginning to an end.
  case run
}

/// How an option takes its value.
package enum SettingForm: Sendable {
  /// Without one: `--random-flip`.
  case flag
  /// Whatever comes next, with a minus or not: `--learning-rate -1` gets an answer of its own.
  case number
  /// `--model vgg11`
  case word
  /// As many as there are up to the next option: `--freeze a b`.
  case words
}

/// The name of any setting.
package struct SettingName: CodingKey {
  package let stringValue: String
  package var intValue: Int? { nil }

  package init(stringValue: String) { self.stringValue = stringValue }
  package init?(intValue: Int) { nil }
}

/// Which numbers a setting may have, and the sentence that refuses others.
package struct SettingRange: Sendable {
  private let contains: @Sendable (Double) -> Bool
  private let words: String
  private let subject: @Sendable (String) -> String

  private init(
    _ words: String, _ subject: @escaping @Sendable (String) -> String,
    _ contains: @escaping @Sendable (Double) -> Bool
  ) {
    (self.words, self.subject, self.contains) = (words, subject, contains)
  }

  /// - Parameter subject: the beginning of a sentence, to which a value is told: "the weight scale is -1.0".
  package static func aboveZero(_ subject: @escaping @Sendable (String) -> String) -> SettingRange {
    SettingRange("a finite number above 0", subject) { $0.isFinite && $0 > 0 }
  }

  package static func notNegative(_ subject: @escaping @Sendable (String) -> String) -> SettingRange {
    SettingRange("a finite number that is not negative", subject) { $0.isFinite && $0 >= 0 }
  }

  package static func belowOne(_ subject: @escaping @Sendable (String) -> String) -> SettingRange {
    SettingRange("from 0 up to 1", subject) { (0..<1).contains($0) }
  }

  package static func atLeast(_ least: Int, _ subject: @escaping @Sendable (String) -> String) -> SettingRange
  {
    SettingRange("at least \(least)", subject) { $0 >= Double(least) }
  }

  package static func from(
    _ range: ClosedRange<Int>, _ subject: @escaping @Sendable (String) -> String
  ) -> SettingRange {
    SettingRange("from \(range.lowerBound) to \(range.upperBound)", subject) {
      (Double(range.lowerBound)...Double(range.upperBound)).contains($0)
    }
  }

  fileprivate func refusal(_ number: any SettingNumber) -> String? {
    guard !contains(number.asDouble) else { return nil }
    let sentence = subject("\(number)")
    return sentence + (sentence.contains(" is \(number)") ? ", but has to be " : ", but that has to be ")
      + words
  }
}
