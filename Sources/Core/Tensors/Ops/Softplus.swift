/// log (1 + eˣ), without overflow and with its derivative everywhere.
///
///     softplus(x) = m + log (1 + e^(x − m) + (e^(−m) − 1)),   m = max(x, 0), taken as a constant
public func softplus(_ x: Tensor) -> Tensor {
  guard x.error == nil else { return x }
  let m = maximum(x, Tensor(0, dtype: x.dtype)).detached
  return m + log1p(exp(x - m) + expm1(-m))
}
