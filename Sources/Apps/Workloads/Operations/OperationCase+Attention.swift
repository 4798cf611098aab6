import Lemnos

extension OperationCase {
  /// Attention as in transformers of several sizes, and of a long sequence; with dropout of GPT-2's.
  static var attentions: [OperationCase] {
    // N sequences of T tokens, H heads of D channels.
    let all: [(n: Int, h: Int, t: Int, d: Int, isCausal: Bool, rate: Double)] = [
      (8, 8, 512, 64, true, 0), (1, 12, 1024, 64, true, 0), (1, 12, 1024, 64, true, 0.1),
      (12, 4, 64, 32, true, 0), (64, 3, 64, 64, false, 0), (1, 8, 4096, 64, true, 0),
    ]
    return all.flatMap { n, h, t, d, isCausal, rate in
      let inputs = ["query", "key", "value"].map { input($0, [n, h, t, d]) }
      let y = attention(
        inputs[0].value, inputs[1].value, inputs[2].value, isCausal: isCausal,
        dropout: Pass(.training, states: StateStore()).attentionDropout(rate))
      let form = (isCausal ? ", causal" : "") + (rate > 0 ? ", dropout" : "")
      return bothWays("attention \(sizes([n, h, t, d]))\(form)", inputs, y)
    }
  }
}
