public import Layers
public import Tensors

/// A recurrent network that gives the scores of the next token at each place.
///
///     scores = head(rnn(tokens[ids]))
///
/// Takes int32 `[N, T]` of any length and gives `[N, T, vocabulary]`. Tokens are vectors as wide as the states; the head is dense,
/// with a bias.
///
/// - SeeAlso: Graves 2013, "Generating sequences with recurrent neural networks".
public struct RecurrentLanguageModel: Layer {
  /// The cell that walks along a text.
  public enum Cell: String, Codable, Hashable, Sendable, CaseIterable {
    case lstm, gru
  }

  public let vocabulary: Int
  public let cell: Cell

  /// How many cells are one upon the other.
  public let layers: Int

  /// The width of tokens and states.
  public let channels: Int

  /// Of what one layer gives to the next, and the last to the head.
  public let dropout: Double

  public init(
    vocabulary: Int, cell: Cell = .lstm, layers: Int = 2, channels: Int = 256, dropout: Double = 0
  ) {
    precondition(
      vocabulary > 0 && layers > 0 && channels > 0,
      "a recurrent model of \(vocabulary) tokens, \(layers) layers and \(channels) channels cannot be made")
    (self.vocabulary, self.cell, self.layers) = (vocabulary, cell, layers)
    (self.channels, self.dropout) = (channels, dropout)
  }

  public func forward(_ ids: Tensor, in pass: Pass) -> Tensor {
    run(ids, from: nil, in: pass).scores
  }

  /// How many states a text has come to after a token, each `[layers, N, channels]`.
  public var stateCount: Int { cell == .lstm ? 2 : 1 }

  /// The scores of tokens that come after others, and the states after them.
  ///
  /// - Parameter states: `stateCount` of them, `[layers, N, channels]`; nil for zeros, at the beginning of a text.
  public func run(_ ids: Tensor, from states: [Tensor]?, in pass: Pass) -> (scores: Tensor, states: [Tensor])
  {
    guard ids.error == nil else { return (ids, [ids]) }
    let ids = ids.indicesInInt32
    guard ids.rank == 2, ids.dtype == .int32, ids.shape[1] > 0, states?.count ?? stateCount == stateCount
    else {
      let invalid = Tensor.invalid(
        "recurrentLanguageModel",
        "takes int32 [N, T] of at least one token, and \(stateCount) states or none, not \(ids.dtype)\(ids.shape)"
          + (states.map { " and \($0.count) states" } ?? ""))
      return (invalid, [invalid])
    }
    let x = Embedding(vocabulary, width: channels)(ids, in: pass, as: "tokens")
    var (y, next) = (x, [] as [Tensor])
    switch cell {
    case .lstm:
      let result = LSTM(channels, layers: layers, dropout: dropout).run(
        x, initial: states.map { ($0[0], $0[1]) }, in: pass, as: "rnn")
      (y, next) = (result.outputs, [result.hidden, result.cell])
    case .gru:
      let result = GRU(channels, layers: layers, dropout: dropout).run(
        x, initial: states?[0], in: pass, as: "rnn")
      (y, next) = (result.outputs, [result.hidden])
    }
    if dropout > 0 { y = Dropout(dropout)(y, in: pass, as: "dropout") }
    return (Dense(vocabulary, weights: .xavierUniform)(y, in: pass, as: "head"), next)
  }
}
