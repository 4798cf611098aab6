/// sin x = x − x³/3! + … + x¹³/13!, for |x| ≤ π/2.
///
/// The truncation error is below (π/2)¹⁵/15! = 7·10⁻¹⁰. For a few numbers per step, kernels of its own would
/// not pay.
package func sineOfQuarterTurn(_ x: Tensor) -> Tensor {
  guard x.error == nil else { return x }
  let square = x * x
  let series = stride(from: 12.0, through: 2, by: -2).reduce(Tensor(1, dtype: x.dtype)) { rest, n in
    1 - square * rest / (n * (n + 1))
  }
  return x * series
}
