/// What an attention drops of its weights while training, and by which random numbers.
///
///     y_t = Σ_s m_ts p_ts v_s,   m_ts = 0 with probability `rate`, else 1 / (1 − rate)
///
/// Weights p are those of the softmax over all keys. Of N sequences, H heads, T queries and S keys, m is 0 where
/// `randomUniform([N, H, T, S′], key: key, counter: counter, stream: stream)` is below the rate, with S rounded up to S′, a multiple
/// of four. The mask is not stored: the backward pass draws it again, the same on every backend.
///
/// - SeeAlso: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting"; Vaswani et al. 2017,
///   section 5.4, and Radford et al. 2019 (GPT-2), for dropout of attention's weights.
public struct AttentionDropout: Sendable {
  /// The probability of dropping a weight.
  public let rate: Double

  /// The two halves of the seed, int32 `[2]`.
  public let key: Tensor

  /// An int32 scalar, such as the step: another counter gives another mask.
  public let counter: Tensor

  /// Distinguishes the uses in a model that have the same key and counter.
  public let stream: UInt32

  /// - Parameter rate: from 0 up to 1.
  public init(_ rate: Double, key: Tensor, counter: Tensor, stream: UInt32) {
    (self.rate, self.key, self.counter, self.stream) = (rate, key, counter, stream)
  }
}

extension AttentionForm {
  /// The probability of dropping a weight, and the stream of the random numbers.
  package struct Dropout: Hashable, Sendable {
    package let rate: Double
    package let stream: UInt32

    package init(rate: Double, stream: UInt32) { (self.rate, self.stream) = (rate, stream) }

    /// A weight is dropped if the upper 24 bits of its random word are below this: if they are, times 2⁻²⁴, below the rate in float32.
    package var droppedBelow: UInt32 { UInt32((Double(Float(rate)) * 0x1p24).rounded(.up)) }

    /// The factor of the others.
    package var kept: Double { 1 / (1 - rate) }
  }

  /// The factors m of the weights, `[N, H, T, S]`; nil if nothing is dropped.
  func kept(of inputs: [Tensor], _ sizes: AttentionSizes) -> Tensor? {
    guard let dropout, let place = randomInput else { return nil }
    let all: Shape = [sizes.n, sizes.h, sizes.t, 4 * sizes.quadruples]
    let numbers = randomUniform(all, key: inputs[place], counter: inputs[place + 1], stream: dropout.stream)
      .sliced(from: [0, 0, 0, 0], [sizes.n, sizes.h, sizes.t, sizes.s])
    let dtype = inputs[0].dtype
    return select(numbers .< dropout.rate, Tensor(0, dtype: dtype), Tensor(dropout.kept, dtype: dtype))
  }
}

extension AttentionSizes {
  /// The blocks of four random numbers for the keys of a query.
  package var quadruples: Int { (s + 3) / 4 }

  /// What is wrong with a dropout; nil if nothing is.
  func refusal(_ dropout: AttentionDropout) -> String? {
    guard dropout.rate >= 0, dropout.rate < 1 else {
      return "a dropout rate is from 0 up to 1, not \(dropout.rate)"
    }
    guard dropout.key.node.type == TensorType([2], .int32),
      dropout.counter.node.type == TensorType([], .int32)
    else {
      return
        "dropout takes an int32[2] key and an int32[] counter, not \(dropout.key.node.type) and \(dropout.counter.node.type)"
    }
    let numbers: Shape = [n, h, t, 4 * quadruples]
    guard numbers.problem == nil, numbers.count <= 4 << 32 else {
      return
        "the weights \(Shape([n, h, t, s])) take more than the 2³⁴ random numbers of one counter; use fewer sequences at a time"
    }
    return nil
  }
}
