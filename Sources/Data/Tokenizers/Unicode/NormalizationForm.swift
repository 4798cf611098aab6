/// Unicode's normalization forms: one spelling for texts that mean the same.
///
/// - SeeAlso: Unicode Standard Annex 15.
public enum NormalizationForm: String, Hashable, Sendable, CaseIterable {
  /// Characters are taken apart: é is e and an accent.
  case nfd = "NFD"
  /// The same, and put together again: é is one character.
  case nfc = "NFC"
  /// Taken apart, and what only looks different becomes the same: ﬁ is f and i.
  case nfkd = "NFKD"
  /// The same, and put together again.
  case nfkc = "NFKC"

  private var isCompatible: Bool { self == .nfkd || self == .nfkc }
  private var isComposed: Bool { self == .nfc || self == .nfkc }

  /// Characters below are the same in this form, alone and beside each other.
  private var firstOther: UInt32 { isCompatible ? 0xA0 : isComposed ? 0x300 : 0xC0 }

  func applied(to scalars: [UInt32]) -> [UInt32] {
    guard scalars.contains(where: { $0 >= firstOther }) else { return scalars }
    var parts: [UInt32] = []
    parts.reserveCapacity(scalars.count)
    for scalar in scalars {
      Decompositions.standard.append(scalar, compatibly: isCompatible, to: &parts)
    }
    let classes = NormalizationForm.sortMarks(&parts)
    return isComposed ? NormalizationForm.composed(parts, classes) : parts
  }

  /// Puts marks that follow one another in the order of their combining classes, and returns the classes.
  private static func sortMarks(_ scalars: inout [UInt32]) -> [UInt8] {
    var classes = scalars.map { scalar -> UInt8 in
      guard scalar >= 0x300, let scalar = Unicode.Scalar(scalar) else { return 0 }
      return scalar.properties.canonicalCombiningClass.rawValue
    }
    var index = 0
    while index < scalars.count {
      guard classes[index] != 0 else {
        index += 1
        continue
      }
      let run = index..<(classes[index...].firstIndex(of: 0) ?? scalars.count)
      if zip(run, run.dropFirst()).contains(where: { classes[$0] > classes[$1] }) {
        let order = run.sorted { (classes[$0], $0) < (classes[$1], $1) }
        let sorted = order.map { (scalars[$0], classes[$0]) }
        for (place, mark) in zip(run, sorted) { (scalars[place], classes[place]) = mark }
      }
      index = run.upperBound
    }
    return classes
  }

  private static func composed(_ scalars: [UInt32], _ classes: [UInt8]) -> [UInt32] {
    var result: [UInt32] = []
    result.reserveCapacity(scalars.count)
    // The last character that marks can join, and the class of the last mark since that stayed.
    var (starter, last): (Int?, UInt8) = (nil, 0)
    for (scalar, mark) in zip(scalars, classes) {
      if let at = starter, at == result.count - 1 || last < mark,
        let whole = Decompositions.standard.composition(result[at], scalar)
      {
        result[at] = whole
        continue
      }
      if mark == 0 { starter = result.count }
      last = mark
      result.append(scalar)
    }
    return result
  }
}
