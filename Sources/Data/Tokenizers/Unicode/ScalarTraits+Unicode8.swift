extension ScalarTraits {
  /// The traits in Unicode 8, where BERT's normalizer and marks of punctuation are looked up: words were made by these tables.
  func inUnicode8(_ scalar: UInt32) -> ScalarTraits {
    guard scalar >= 0x80 else { return self }
    switch scalar {
    // Seven characters were something else then.
    case 0x166D, 0x111C9: return .punctuation
    case 0x1734, 0x1171E: return [.mark, .nonspacingMark, .word]
    case 0x1885, 0x1886: return [.letter, .word]
    case 0xA9BD: return [.mark, .word]
    default:
      let isAsked = !intersection([.punctuation, .nonspacingMark, .control]).isEmpty
      return isAsked && !ScalarTraits.isAssigned(scalar, by: (8, 0)) ? [] : self
    }
  }

  /// Whether BERT takes it for punctuation, as it does every printable character of ASCII that is neither letter nor digit.
  func isBERTPunctuation(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
    default: inUnicode8(scalar).contains(.punctuation)
    }
  }
}
