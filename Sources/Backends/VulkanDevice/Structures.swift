import CVulkan

/// A Vulkan structure that starts with `sType`, which `make` sets.
protocol Structure {
  static var type: VkStructureType { get }
  var sType: VkStructureType { get set }
  init()
}

extension Structure {
  /// A zeroed structure of the right type, then `configure`d.
  static func make(_ configure: (inout Self) -> Void = { _ in }) -> Self {
    var structure = Self()
    structure.sType = type
    configure(&structure)
    return structure
  }
}

/// The union of Vulkan flag bits, which Swift imports as unrelated structs.
func flags<Bit: RawRepresentable>(_ bits: Bit...) -> UInt32 where Bit.RawValue == UInt32 {
  bits.reduce(0) { $0 | $1.rawValue }
}

/// The text in a `char[n]`, which Swift imports as a tuple.
func text<Tuple: BitwiseCopyable>(_ characters: Tuple) -> String {
  withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

extension VkBool32 {
  init(_ flag: Bool) { self = flag ? 1 : 0 }
  var isTrue: Bool { self != 0 }
}
