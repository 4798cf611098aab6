/// What is done to a text before it is cut into words.
///
/// The cases are those of `tokenizer.json`, with its names.
indirect enum Normalizer: Hashable, Sendable {
  case form(NormalizationForm)
  /// Character by character, as Unicode's SpecialCasing.txt has it without context.
  case lowercase
  /// Leaves out marks: combine it with NFD.
  case stripAccents
  case bert(BERT)
  case replace([UInt8], with: [UInt8])
  case prepend([UInt8])
  case strip(left: Bool, right: Bool)
  case sequence([Normalizer])

  /// BERT's own.
  struct BERT: Hashable, Sendable {
    /// Leaves out control characters, and makes a space of all white space.
    var cleansText = true
    /// Puts spaces around Chinese characters.
    var handlesChineseCharacters = true
    /// Leaves out accents; by default if letters become small.
    var stripsAccents: Bool?
    var lowercases = true
  }

  func apply(to text: [UInt8]) -> [UInt8] {
    switch self {
    case .replace(let pattern, let content):
      return text.withUnsafeBufferPointer { $0.replacing(pattern, with: content) }
    case .prepend(let prefix): return text.isEmpty ? text : prefix + text
    case .sequence(let parts): return parts.reduce(text) { $1.apply(to: $0) }
    default:
      return UTF8Text.bytes(apply(to: text.withUnsafeBufferPointer { UTF8Text.scalars($0) }))
    }
  }

  private func apply(to scalars: [UInt32]) -> [UInt32] {
    switch self {
    case .form(let form): return form.applied(to: scalars)
    case .lowercase: return Normalizer.lowercased(scalars)
    case .stripAccents:
      return ScalarTraits.withTable { table in
        scalars.filter { !table[$0].contains(.mark) || !ScalarTraits.isAssigned($0, by: (9, 0)) }
      }
    case .strip(let left, let right):
      return ScalarTraits.withTable { table in
        var rest = scalars[...]
        while left, let first = rest.first, table[first].contains(.space) { rest.removeFirst() }
        while right, let last = rest.last, table[last].contains(.space) { rest.removeLast() }
        return Array(rest)
      }
    case .bert(let bert): return bert.apply(to: scalars)
    case .replace, .prepend, .sequence: return scalars
    }
  }

  fileprivate static func lowercased(_ scalars: [UInt32]) -> [UInt32] {
    var result: [UInt32] = []
    result.reserveCapacity(scalars.count)
    for scalar in scalars {
      if scalar < 0x80 {
        result.append((0x41...0x5A).contains(scalar) ? scalar + 0x20 : scalar)
      } else if let scalar = Unicode.Scalar(scalar) {
        result += scalar.properties.lowercaseMapping.unicodeScalars.lazy.map(\.value)
      }
    }
    return result
  }
}

extension Normalizer.BERT {
  fileprivate func apply(to scalars: [UInt32]) -> [UInt32] {
    var scalars = scalars
    ScalarTraits.withTable { table in
      if cleansText {
        scalars = scalars.compactMap { scalar in
          switch scalar {
          case 0x09, 0x0A, 0x0D: return 0x20
          case 0, 0xFFFD: return nil
          default:
            let traits = table[scalar].inUnicode8(scalar)
            return traits.contains(.control) ? nil : traits.contains(.space) ? 0x20 : scalar
          }
        }
      }
      if handlesChineseCharacters, scalars.contains(where: Normalizer.BERT.isChinese) {
        scalars = scalars.flatMap { Normalizer.BERT.isChinese($0) ? [0x20, $0, 0x20] : [$0] }
      }
      if stripsAccents ?? lowercases {
        scalars = NormalizationForm.nfd.applied(to: scalars).filter {
          !table[$0].inUnicode8($0).contains(.nonspacingMark)
        }
      }
    }
    return lowercases ? Normalizer.lowercased(scalars) : scalars
  }

  /// The blocks of unified ideographs and their compatibility forms, which Japanese and Korean use too.
  private static func isChinese(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
      0x2B920...0x2CEAF,
      0xF900...0xFAFF, 0x2F800...0x2FA1F:
      return true
    default: return false
    }
  }
}
