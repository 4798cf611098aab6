import Lemnos

extension OperationCase {
  /// Attention as in transformers of several sizes, and of a long sequence.
  static var attentions: [OperationCase] {
    // N sequences of T tokens, H heads of D channels.
    let all: [(n: Int, h: Int, t: Int, d: Int, isCausal: Bool)] = [
      (8, 8, 512, 64, true), (1, 12, 1024, 64, true), (12, 4, 64, 32, true), (64, 3, 64, 64, false),
      (1, 8, 4096, 64, true),
    ]
    return all.flatMap { n, h, t, d, isCausal in
      let inputs = ["query", "key", "value"].map { input($0, [n, h, t, d]) }
      let y = attention(inputs[0].value, inputs[1].value, inputs[2].value, isCausal: isCausal)
      return bothWays("attention \(sizes([n, h, t, d]))\(isCausal ? ", causal" : "")", inputs, y)
    }
  }
}
