/// log (1 + eˣ), without overflow and with its derivative everywhere.
///
///     softplus(x) = m + log (e^(x − m) + e^(−m)),   m = max(x, 0), taken as a constant
public func softplus(_ x: Tensor) -> Tensor {
  guard x.error == nil else { return x }
  let m = maximum(x, Tensor(0, dtype: x.dtype)).detached
  return m + log(exp(x - m) + exp(-m))
}
