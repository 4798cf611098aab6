/// Batch normalization of one channel with the backward pass derived stage by stage, as in textbooks: an
/// independent float64 check of the simplified gradient.
///
///     μ = mean(x),  c = x − μ,  v = mean(c²),  σ = √(v + ε),  i = 1 / σ,  x̂ = c · i,  y = γ x̂ + β
struct TextbookBatchNorm {
  let mean: Double
  let variance: Double
  let y: [Double]
  private let gamma: Double
  private let deviation: Double
  private let centred: [Double]
  private let normalized: [Double]

  init(_ x: [Double], gamma: Double, beta: Double, epsilon: Double = 1e-5) {
    let count = Double(x.count)
    let mean = x.reduce(0, +) / count
    let centred = x.map { $0 - mean }
    let variance = centred.reduce(0) { $0 + $1 * $1 } / count
    let deviation = (variance + epsilon).squareRoot()
    let normalized = centred.map { $0 * (1 / deviation) }
    (self.mean, self.variance, self.gamma, self.deviation) = (mean, variance, gamma, deviation)
    (self.centred, self.normalized) = (centred, normalized)
    y = normalized.map { gamma * $0 + beta }
  }

  /// The gradients with respect to x, γ and β: one stage of the forward pass after another, last one first.
  func backward(_ dy: [Double]) -> (dx: [Double], dgamma: Double, dbeta: Double) {
    let count = Double(dy.count)
    let dbeta = dy.reduce(0, +)
    let dgamma = zip(dy, normalized).reduce(0) { $0 + $1.0 * $1.1 }
    let dNormalized = dy.map { $0 * gamma }
    // x̂ = c · i
    let dInverse = zip(dNormalized, centred).reduce(0) { $0 + $1.0 * $1.1 }
    let dCentredDirectly = dNormalized.map { $0 / deviation }
    // i = 1 / σ
    let dDeviation = -dInverse / (deviation * deviation)
    // σ = √(v + ε)
    let dVariance = dDeviation / (2 * deviation)
    // v = mean(c²)
    let dCentred = zip(dCentredDirectly, centred).map { $0 + 2 * $1 * dVariance / count }
    // c = x − μ
    let dMean = -dCentred.reduce(0, +)
    // μ = mean(x)
    return (dCentred.map { $0 + dMean / count }, dgamma, dbeta)
  }
}
