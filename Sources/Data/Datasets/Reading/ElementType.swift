/// As what a file stores the numbers of an array.
struct ElementType: Equatable {
  enum Kind: Equatable { case bool, unsigned, signed, float, bfloat }

  let kind: Kind
  /// Bytes of a number.
  let size: Int
  /// True if the highest byte comes first.
  let isBigEndian: Bool
  /// As the format calls it.
  let name: String

  /// Of numpy: the order of bytes, a letter and a size, such as "|u1" or "<i8".
  ///
  /// - Returns: nil for a type that is not read.
  init?(numPy name: String) {
    guard let order = name.first, "|<>=".contains(order), let letter = name.dropFirst().first,
      let size = Int(name.dropFirst(2))
    else { return nil }
    self.init(letter, size, isBigEndian: order == ">", name)
  }

  /// Of IDX: the third byte of a file.
  init?(idx code: UInt8) {
    guard let (letter, size) = Self.idx[code] else { return nil }
    let digits = String(code, radix: 16, uppercase: true)
    self.init(letter, size, isBigEndian: true, code < 16 ? "0x0\(digits)" : "0x\(digits)")
  }

  private static let idx: [UInt8: (Character, Int)] = [
    0x08: ("u", 1), 0x09: ("i", 1), 0x0B: ("i", 2), 0x0C: ("i", 4), 0x0D: ("f", 4), 0x0E: ("f", 8),
  ]

  /// Of safetensors, such as "I64".
  init?(safetensors name: String) {
    switch name {
    case "BOOL": self.init("b", 1, isBigEndian: false, name)
    case "BF16": self.init(.bfloat, 2, isBigEndian: false, name)
    default:
      guard let letter = name.first, "UIF".contains(letter), let bits = Int(name.dropFirst()),
        bits.isMultiple(of: 8)
      else { return nil }
      self.init(Character(letter.lowercased()), bits / 8, isBigEndian: false, name)
    }
  }

  private init(_ kind: Kind, _ size: Int, isBigEndian: Bool, _ name: String) {
    (self.kind, self.size, self.name) = (kind, size, name)
    self.isBigEndian = isBigEndian && size > 1
  }

  private init?(_ letter: Character, _ size: Int, isBigEndian: Bool, _ name: String) {
    switch (letter, size) {
    case ("b", 1): self.init(.bool, size, isBigEndian: isBigEndian, name)
    case ("u", 1), ("u", 2), ("u", 4), ("u", 8): self.init(.unsigned, size, isBigEndian: isBigEndian, name)
    case ("i", 1), ("i", 2), ("i", 4), ("i", 8): self.init(.signed, size, isBigEndian: isBigEndian, name)
    case ("f", 2), ("f", 4), ("f", 8): self.init(.float, size, isBigEndian: isBigEndian, name)
    default: return nil
    }
  }

  var isOfBytes: Bool { kind == .unsigned && size == 1 }

  /// True for whole numbers, and for what is true or false.
  var isWhole: Bool { kind != .float && kind != .bfloat }
}
