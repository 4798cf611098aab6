import Lemnos

// The network of a gpt, a vit or a bert, which comes with its weights: those of another run, or those of an imported model.

extension RunConfiguration {
  /// Takes a network's sizes and form.
  ///
  /// - Parameter tokens: what its tokenizer has; the network may have more.
  mutating func setNetwork(_ net: GPT, tokens: Int) {
    (blocks, heads, channels, context) = (net.blocks, net.heads, net.channels, net.context)
    (arrangement, positions, mlpWidth) = (net.arrangement, net.positions, net.mlpWidth)
    keyValueHeads = net.keyValueHeads == net.heads ? nil : net.keyValueHeads
    (isUntied, leavesBiasesOut) = (!net.isTied, net.arrangement == .gpt2 && !net.hasBias)
    (hasAllBiases, dropout) = (net.arrangement == .llama && net.hasBias, net.dropout)
    (rotaryBase, normEpsilon) = (net.rotaryBase, net.epsilon)
    tokenRows = net.vocabulary == tokens ? nil : net.vocabulary
  }

  /// Takes a network's sizes and form.
  mutating func setNetwork(_ net: ViT) {
    (blocks, heads, channels, mlpWidth) = (net.blocks, net.heads, net.channels, net.mlpWidth)
    (patch, pooling, gelu) = (net.patch, net.pooling, net.gelu)
    (normEpsilon, dropout) = (net.epsilon, net.dropout)
  }

  /// Takes a network's sizes and form.
  ///
  /// - Parameter tokens: what its tokenizer has; the network may have more.
  mutating func setNetwork(_ net: BERT, tokens: Int) {
    (blocks, heads, channels, mlpWidth) = (net.blocks, net.heads, net.channels, net.mlpWidth)
    (context, gelu, normEpsilon, dropout) = (net.context, net.gelu, net.epsilon, net.dropout)
    tokenRows = net.vocabulary == tokens ? nil : net.vocabulary
  }

  /// The network of another run, except for what was chosen.
  ///
  /// - Parameter isChosen: whether an option, without its dashes, is on the command line.
  mutating func setNetwork(of other: RunConfiguration, unless isChosen: (String) -> Bool) {
    func take<Value>(_ path: WritableKeyPath<RunConfiguration, Value>, _ option: String? = nil) {
      if option.map({ !isChosen($0) }) ?? true { self[keyPath: path] = other[keyPath: path] }
    }
    take(\.blocks, "blocks")
    take(\.heads, "heads")
    take(\.channels, "channels")
    take(\.context, "context")
    take(\.arrangement, "arrangement")
    take(\.keyValueHeads, "key-value-heads")
    take(\.mlpWidth, "mlp-width")
    take(\.isUntied, "untied")
    take(\.positions, "positions")
    take(\.leavesBiasesOut, "no-bias")
    take(\.hasAllBiases)
    take(\.patch, "patch")
    take(\.pooling, "pooling")
    take(\.gelu)
    take(\.rotaryBase)
    take(\.normEpsilon)
    if !isChosen("tokenizer") { take(\.tokenRows) }
  }
}
