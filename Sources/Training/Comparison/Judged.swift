import Tensors

/// A tensor, and how far two backends that both computed it well may be apart in each of its elements.
///
/// Both are expressions, so the bound is as large as these very numbers make it: of a sum that cancels it follows the terms,
/// not the result.
struct Judged {
  let value: Tensor

  /// A float32 tensor of the value's shape; nil where both have to have the same bits.
  ///
  /// What comes out as NaN is no bound: there the numbers say nothing.
  let error: Tensor?

  init(_ value: Tensor, error: Tensor? = nil) { (self.value, self.error) = (value, error) }

  /// The value as numbers to compute bounds with.
  var number: Tensor { value.cast(to: .float32) }
  var size: Tensor { abs(number) }

  /// The error, with zeros for none.
  var errors: Tensor { error ?? Tensor.full(value.shape, 0) }
}
