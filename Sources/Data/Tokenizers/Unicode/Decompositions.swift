/// What Unicode's characters are made of, and what pairs of them make.
struct Decompositions: Sendable {
  private let canonical: [UInt32: [UInt32]]
  private let compatible: [UInt32: [UInt32]]
  /// Two characters, the first in the upper half, and the one that they make.
  private let compositions: [UInt64: UInt32]

  static let standard = Decompositions()

  private init() {
    var (canonical, compatible): ([UInt32: [UInt32]], [UInt32: [UInt32]]) = ([:], [:])
    var compositions: [UInt64: UInt32] = [:]
    var text = Decompositions.table
    text.withUTF8 { bytes in
      var (number, source, isCanonical): (UInt32, UInt32, Bool) = (0, 0, true)
      var parts: [UInt32] = []
      for index in 0...bytes.count {
        let byte = index < bytes.count ? bytes[index] : 0x20
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "A")...UInt8(ascii: "F"):
          number = number << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
        case UInt8(ascii: "="), UInt8(ascii: "~"):
          (source, number, isCanonical) = (number, 0, byte == UInt8(ascii: "="))
        case UInt8(ascii: ","):
          parts.append(number)
          number = 0
        default:
          guard number != 0 else { continue }
          parts.append(number)
          // Decompositions of later characters are unknown to Hugging Face's package, and to what was trained with it.
          guard ScalarTraits.isAssigned(source, by: (11, 0)) else {
            (number, parts) = (0, [])
            continue
          }
          if isCanonical { canonical[source] = parts } else { compatible[source] = parts }
          let isExcluded = Unicode.Scalar(source)?.properties.isFullCompositionExclusion ?? true
          if isCanonical, parts.count == 2, !isExcluded {
            compositions[UInt64(parts[0]) << 32 | UInt64(parts[1])] = source
          }
          (number, parts) = (0, [])
        }
      }
    }
    (self.canonical, self.compatible, self.compositions) = (canonical, compatible, compositions)
  }

  // Syllables of Hangul follow from their numbers: The Unicode Standard, section 3.12.
  private static let (syllables, leads, vowels, trails): (UInt32, UInt32, UInt32, UInt32) = (
    0xAC00, 0x1100, 0x1161, 0x11A7
  )
  private static let (leadCount, vowelCount, trailCount): (UInt32, UInt32, UInt32) = (19, 21, 28)
  private static let syllableCount = leadCount * vowelCount * trailCount

  /// Appends what a character is made of, down to characters that are made of none.
  func append(_ scalar: UInt32, compatibly: Bool, to result: inout [UInt32]) {
    if scalar >= Decompositions.syllables, scalar < Decompositions.syllables + Decompositions.syllableCount {
      let index = scalar - Decompositions.syllables
      let perLead = Decompositions.vowelCount * Decompositions.trailCount
      result.append(Decompositions.leads + index / perLead)
      result.append(Decompositions.vowels + index % perLead / Decompositions.trailCount)
      if index % Decompositions.trailCount > 0 {
        result.append(Decompositions.trails + index % Decompositions.trailCount)
      }
      return
    }
    guard scalar >= 0xA0, let parts = canonical[scalar] ?? (compatibly ? compatible[scalar] : nil) else {
      result.append(scalar)
      return
    }
    for part in parts { append(part, compatibly: compatibly, to: &result) }
  }

  /// The character that two make; nil if they stay two.
  func composition(_ first: UInt32, _ second: UInt32) -> UInt32? {
    let (lead, vowel) = (first &- Decompositions.leads, second &- Decompositions.vowels)
    if lead < Decompositions.leadCount, vowel < Decompositions.vowelCount {
      return Decompositions.syllables + (lead * Decompositions.vowelCount + vowel) * Decompositions.trailCount
    }
    let (index, trail) = (first &- Decompositions.syllables, second &- Decompositions.trails)
    if index < Decompositions.syllableCount, index % Decompositions.trailCount == 0, trail > 0,
      trail < Decompositions.trailCount
    {
      return first + trail
    }
    return compositions[UInt64(first) << 32 | UInt64(second)]
  }
}
