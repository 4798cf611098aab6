public import Tensors

/// Long short-term memory: at each place of a sequence, gates say what a cell forgets, takes in and shows.
///
///     i, f, g, o = x W_i + b_i + h W_h + b_h,   c' = σ(f) c + σ(i) tanh(g),   h' = σ(o) tanh(c')
///
/// Takes floats `[N, T, D]` and gives h' of the last layer at each place, `[N, T, H]`; in both directions `[N, T, 2 H]`, of
/// which the second half has gone from the last place to the first. Gates and the names of weights are PyTorch's; as in
/// `Dense`, matrices are turned over: `weight_ih_l0` is `[D, 4 H]`, of i, f, g and o, and `weight_hh_l0` `[H, 4 H]`. Weights begin within ±1 / √H, biases with 0.
///
/// - SeeAlso: Hochreiter & Schmidhuber 1997, "Long short-term memory"; Gers et al. 2000, "Learning to forget".
public struct LSTM: Layer {
  /// The width H of the states.
  public let units: Int

  /// How many are one upon the other.
  public let layers: Int
  public let isBidirectional: Bool

  /// Of what one layer gives to the next, while training.
  public let dropout: Double

  public init(_ units: Int, layers: Int = 1, bidirectional: Bool = false, dropout: Double = 0) {
    recurrence = Recurrence(
      "lstm", Cell(), units: units, layers: layers, isBidirectional: bidirectional, dropout: dropout)
    (self.units, self.layers, isBidirectional, self.dropout) = (units, layers, bidirectional, dropout)
  }

  /// Outputs at each place, and the states after the last.
  public struct Result {
    /// `[N, T, H]`, or `[N, T, 2 H]` in both directions.
    public let outputs: Tensor

    /// h, `[layers, N, H]`; in both directions `[2 layers, N, H]`, each layer's forward states first.
    public let hidden: Tensor

    /// c, of the same shape.
    public let cell: Tensor
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    recurrence.run(x, lengths: nil, initial: nil, in: pass).outputs
  }

  /// Runs the layer as a named part of another one, also for sequences of several lengths or from given states.
  ///
  /// - Parameters:
  ///   - x: `[N, T, D]`.
  ///   - lengths: how many places of each sequence there are, int32, int64 or uint8 `[N]`; nil for all. A sequence that is
  ///     over keeps its states, and gives zeros.
  ///   - initial: the states before the first place (backwards: after the last), of the shapes of the result's; nil for
  ///     zeros.
  ///   - name: part of its parameters' names.
  public func run(
    _ x: Tensor, lengths: Tensor? = nil, initial: (hidden: Tensor, cell: Tensor)? = nil, in pass: Pass,
    as name: String
  ) -> Result {
    var states: [Tensor] = []
    let outputs = pass.scope(name, kind: "LSTM") {
      let made = recurrence.run(
        x, lengths: lengths, initial: initial.map { [$0.hidden, $0.cell] }, in: pass)
      states = made.states
      return made.outputs
    }
    return Result(outputs: outputs, hidden: states[0], cell: states[1])
  }

  private let recurrence: Recurrence<Cell>

  private struct Cell: RecurrentCell {
    let gates = 4
    let states = 2

    func step(_ x: Tensor, _ h: Tensor, _ states: [Tensor]) -> [Tensor] {
      let gates = (x + h).split(into: 4, axis: 1)
      let c = sigmoid(gates[1]) * states[1] + sigmoid(gates[0]) * tanh(gates[2])
      return [sigmoid(gates[3]) * tanh(c), c]
    }
  }
}
