import Tensors

/// A tensor with an error bound: the maximum difference of two correct backends in each element.
///
/// Both are expressions, so the bound depends on the actual numbers: for a sum with cancellation it follows
/// the terms, not the result.
struct BoundedValue {
  let value: Tensor

  /// A float32 tensor of the value's shape; nil if both must agree bitwise.
  ///
  /// NaN means no bound.
  let error: Tensor?

  init(_ value: Tensor, error: Tensor? = nil) { (self.value, self.error) = (value, error) }

  /// The value as float32, for computing bounds.
  var number: Tensor { value.cast(to: .float32) }
  var size: Tensor { abs(number) }

  /// The error bound, or zeros for none.
  var errors: Tensor { error ?? Tensor.full(value.shape, 0) }
}
