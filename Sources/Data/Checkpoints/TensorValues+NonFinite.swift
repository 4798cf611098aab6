package import Tensors

extension TensorValues {
  /// A description of its non-finite numbers: "NaN (3 of 9,408 numbers)"; nil if all are finite.
  package var nonFinite: String? {
    switch dtype {
    case .float32: Self.fault(in: elements(as: Float.self))
    case .float64: Self.fault(in: elements(as: Double.self))
    case .float16, .bfloat16: Self.fault(in: doubles)
    case .int32, .int64, .uint8, .bool: nil
    }
  }

  private static func fault(in numbers: [some BinaryFloatingPoint]) -> String? {
    // Branch-free, as nearly all files are good: x − x is 0 for finite numbers only.
    guard numbers.reduce(into: false, { $0 = $0 || !($1 - $1 == 0) }) else { return nil }
    let (nans, infinities) = (numbers.filter(\.isNaN).count, numbers.filter(\.isInfinite).count)
    return "\(nans > 0 ? "NaN" : "infinity") (\(nans + infinities) of \(numbers.count) numbers)"
  }
}
