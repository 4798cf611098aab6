/// What tokenizers ask of a character, one bit each.
struct ScalarTraits: OptionSet, Sendable {
  let rawValue: UInt8

  /// A letter, `\p{L}`.
  static let letter = ScalarTraits(rawValue: 1)
  /// A number, `\p{N}`.
  static let number = ScalarTraits(rawValue: 2)
  /// `\s`, the property White_Space.
  static let space = ScalarTraits(rawValue: 4)
  /// Punctuation, `\p{P}`.
  static let punctuation = ScalarTraits(rawValue: 8)
  /// A mark, `\p{M}`.
  static let mark = ScalarTraits(rawValue: 16)
  /// A mark that takes no room, `\p{Mn}`.
  static let nonspacingMark = ScalarTraits(rawValue: 32)
  /// `\w`: letters, marks, decimal digits, connecting punctuation, and what joins letters.
  ///
  /// - SeeAlso: Unicode Technical Standard 18, annex C.
  static let word = ScalarTraits(rawValue: 64)
  /// `\p{C}`, without what is not assigned.
  static let control = ScalarTraits(rawValue: 128)

  private init(of scalar: Unicode.Scalar) {
    let properties = scalar.properties
    var traits: ScalarTraits = properties.isWhitespace ? .space : []
    if properties.isAlphabetic || properties.isJoinControl { traits.insert(.word) }
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      traits.insert(.letter)
    case .decimalNumber: traits.formUnion([.number, .word])
    case .letterNumber, .otherNumber: traits.insert(.number)
    case .connectorPunctuation: traits.formUnion([.punctuation, .word])
    case .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation,
      .otherPunctuation:
      traits.insert(.punctuation)
    case .nonspacingMark: traits.formUnion([.mark, .nonspacingMark, .word])
    case .spacingMark, .enclosingMark: traits.formUnion([.mark, .word])
    case .control, .format, .surrogate, .privateUse: traits.insert(.control)
    default: break
    }
    self = traits
  }

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Whether a character was in Unicode by a version.
  ///
  /// Hugging Face's package looks some properties up in tables of old versions, and tokens were trained with these.
  static func isAssigned(_ scalar: UInt32, by version: (major: Int, minor: Int)) -> Bool {
    guard scalar >= 0x80, let age = Unicode.Scalar(scalar)?.properties.age else { return scalar < 0x80 }
    return age <= version
  }

  /// The traits of the 65,536 first scalars: the properties of `Unicode.Scalar` are looked up by several searches each.
  private static let table: [UInt8] = (0..<0x10000).map { value in
    Unicode.Scalar(UInt32(value)).map { ScalarTraits(of: $0).rawValue } ?? ScalarTraits.control.rawValue
  }

  /// The table while `body` runs, without a check of its bounds at every letter.
  static func withTable<Result, Failure>(
    _ body: (ScalarTraits.Table) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try table.withUnsafeBufferPointer { buffer throws(Failure) in try body(Table(first: buffer)) }
  }

  struct Table {
    fileprivate let first: UnsafeBufferPointer<UInt8>

    @inline(__always)
    subscript(scalar: UInt32) -> ScalarTraits {
      scalar < 0x10000 ? ScalarTraits(rawValue: first[Int(scalar)]) : ScalarTraits.beyond(scalar)
    }
  }

  private static func beyond(_ scalar: UInt32) -> ScalarTraits {
    Unicode.Scalar(scalar).map { ScalarTraits(of: $0) } ?? []
  }
}
