public import Tensors

/// Gated recurrent units: at each place of a sequence, gates say how much of a state is replaced, and what of it is looked at
/// for that.
///
///     r = σ(x W_ir + b_ir + h W_hr + b_hr),   z = σ(x W_iz + b_iz + h W_hz + b_hz)
///     n = tanh(x W_in + b_in + r (h W_hn + b_hn)),   h' = (1 − z) n + z h
///
/// Takes floats `[N, T, D]` and gives h' of the last layer at each place, `[N, T, H]`; in both directions `[N, T, 2 H]`, of
/// which the second half has gone from the last place to the first. Gates and the names of weights are PyTorch's; as in
/// `Dense`, matrices are turned over: `weight_ih_l0` is `[D, 3 H]`, of r, z and n, and `weight_hh_l0` `[H, 3 H]`. Weights begin within ±1 / √H, biases with 0.
///
/// - SeeAlso: Cho et al. 2014, "Learning phrase representations using RNN encoder–decoder for statistical machine
///   translation"; r is applied to the product, as in its first version on arXiv.
public struct GRU: Layer {
  /// The width H of the state.
  public let units: Int

  /// How many are one upon the other.
  public let layers: Int
  public let isBidirectional: Bool

  /// Of what one layer gives to the next, while training.
  public let dropout: Double

  public init(_ units: Int, layers: Int = 1, bidirectional: Bool = false, dropout: Double = 0) {
    recurrence = Recurrence(
      "gru", Cell(), units: units, layers: layers, isBidirectional: bidirectional, dropout: dropout)
    (self.units, self.layers, isBidirectional, self.dropout) = (units, layers, bidirectional, dropout)
  }

  /// Outputs at each place, and the state after the last.
  public struct Result {
    /// `[N, T, H]`, or `[N, T, 2 H]` in both directions.
    public let outputs: Tensor

    /// h, `[layers, N, H]`; in both directions `[2 layers, N, H]`, each layer's forward state first.
    public let hidden: Tensor
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    recurrence.run(x, lengths: nil, initial: nil, in: pass).outputs
  }

  /// Runs the layer as a named part of another one, also for sequences of several lengths or from a given state.
  ///
  /// - Parameters:
  ///   - x: `[N, T, D]`.
  ///   - lengths: how many places of each sequence there are, int32, int64 or uint8 `[N]`; nil for all. A sequence that is
  ///     over keeps its state, and gives zeros.
  ///   - initial: the state before the first place (backwards: after the last), of the shape of the result's; nil for zeros.
  ///   - name: part of its parameters' names.
  public func run(
    _ x: Tensor, lengths: Tensor? = nil, initial: Tensor? = nil, in pass: Pass, as name: String
  ) -> Result {
    var states: [Tensor] = []
    let outputs = pass.scope(name, kind: "GRU") {
      let made = recurrence.run(x, lengths: lengths, initial: initial.map { [$0] }, in: pass)
      states = made.states
      return made.outputs
    }
    return Result(outputs: outputs, hidden: states[0])
  }

  private let recurrence: Recurrence<Cell>

  private struct Cell: RecurrentCell {
    let gates = 3
    let states = 1

    func step(_ x: Tensor, _ h: Tensor, _ states: [Tensor]) -> [Tensor] {
      let (x, h) = (x.split(into: 3, axis: 1), h.split(into: 3, axis: 1))
      let (r, z) = (sigmoid(x[0] + h[0]), sigmoid(x[1] + h[1]))
      let n = tanh(x[2] + r * h[2])
      return [n + z * (states[0] - n)]
    }
  }
}
