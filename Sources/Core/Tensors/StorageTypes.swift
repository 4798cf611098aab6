// float16, bfloat16 and int64 have no arithmetic: what may be done with them, and what is done for them.

extension Op {
  /// Why an operation does not take inputs that are of storage types; nil if it does.
  func refusal(of inputs: [Tensor]) -> String? {
    switch self {
    case .movement, .scan, .gradientRule, .controlDependency, .source, .invalid, .pointwise(.cast): return nil
    case .pointwise(.select): return inputs.first?.refusal
    case .pointwise, .reduction, .matmul, .convolution, .pooling, .attention, .random, .loss, .update,
      .sumOverRanks:
      return inputs.lazy.compactMap(\.refusal).first
    }
  }
}

extension Tensor {
  fileprivate var refusal: String? {
    dtype.isStorageOnly ? "takes no \(dtype) values; cast them to \(dtype.computed) first" : nil
  }

  /// Row numbers, labels or places as int32, which all operations take them as: int64 stops at the ends of its range.
  package var indicesInInt32: Tensor {
    error == nil && (dtype == .int64 || dtype == .uint8) ? cast(to: .int32) : self
  }

  /// Applies arithmetic to a tensor of a storage type: computes in its type of registers, and rounds the result.
  func computing(_ body: (Tensor) -> Tensor) -> Tensor {
    guard error == nil, dtype.isStorageOnly else { return body(self) }
    return body(cast(to: dtype.computed)).cast(to: dtype)
  }
}
