/// A floating-point format to which the operands of products are rounded.
///
/// Products are accumulated in float32, and their results are float32. Rounded operands are stored in their
/// own type.
public enum Precision: String, Codable, Hashable, Sendable, CaseIterable {
  /// IEEE 754's binary32: 23 bits of fraction, 8 of exponent.
  case float32

  /// NVIDIA's TensorFloat-32: 10 bits of fraction and the exponents of float32.
  case tf32

  /// The upper half of a float32: 7 bits of fraction and the exponents of float32.
  case bfloat16 = "bf16"

  /// IEEE 754's binary16: 10 bits of fraction, 5 of exponent; from 2⁻²⁴ to 65504.
  case float16 = "fp16"

  /// The number of fraction bits of a normal number.
  package var fractionBits: Int {
    switch self {
    case .float32: 23
    case .tf32, .float16: 10
    case .bfloat16: 7
    }
  }

  /// The greatest exponent; that of the least normal numbers is 1 minus it.
  package var greatestExponent: Int { self == .float16 ? 15 : 127 }
}
