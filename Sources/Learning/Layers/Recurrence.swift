import Tensors

/// A recurrent cell: what it makes of a place of a sequence and of its states.
protocol RecurrentCell: Sendable {
  /// Projections of the input, and of the first state, as wide as a state each.
  var gates: Int { get }

  /// How many states a cell has, the first of which is its output.
  var states: Int { get }

  /// The states after a place.
  ///
  /// - Parameters:
  ///   - x: the gates' projections of the input, with their bias, `[N, gates · H]`.
  ///   - h: those of the first state.
  ///   - states: `[N, H]` each.
  func step(_ x: Tensor, _ h: Tensor, _ states: [Tensor]) -> [Tensor]
}

/// Layers of recurrent cells, one upon the other, forwards or in both directions.
///
/// The input's projections are one product for all places; the rest is a scan over them. Sequences are walked with places
/// first, `[T, N, D]`.
struct Recurrence<Cell: RecurrentCell>: Sendable {
  let name: String
  let cell: Cell
  let units: Int
  let layers: Int
  let isBidirectional: Bool
  let dropout: Double

  /// What the layers make of some sequences.
  struct Result {
    /// `[N, T, H]`, or `[N, T, 2 H]` in both directions.
    let outputs: Tensor
    /// For each state of a cell, what it is after the last place, `[layers, N, H]`; in both directions `[2 layers, N, H]`,
    /// where each layer's forward states come before its backward ones.
    let states: [Tensor]
  }

  init(_ name: String, _ cell: Cell, units: Int, layers: Int, isBidirectional: Bool, dropout: Double) {
    precondition(
      units > 0 && layers > 0, "\(name) needs at least one unit and one layer, not \(units) and \(layers)")
    precondition((0..<1).contains(dropout), "a dropout rate is from 0 up to 1, not \(dropout)")
    (self.name, self.cell, self.units, self.layers) = (name, cell, units, layers)
    (self.isBidirectional, self.dropout) = (isBidirectional, dropout)
  }

  private var directions: Int { isBidirectional ? 2 : 1 }

  /// The shape of all layers' states for some sequences.
  private func stateShape(_ count: Int) -> Shape { [layers * directions, count, units] }

  private func refusal(_ x: Tensor, _ lengths: Tensor?, _ initial: [Tensor]?) -> String? {
    guard x.rank == 3, x.dtype.isFloating, !x.dtype.isStorageOnly, x.shape[1] > 0 else {
      return "takes floats [N, T, D] with at least one place, not \(x.dtype)\(x.shape)"
    }
    let count = x.shape[0]
    let whole: Set<DType> = [.int32, .int64, .uint8]
    if let lengths, lengths.shape != [count] || !whole.contains(lengths.dtype) {
      return "\(count) sequences need lengths int32[\(count)], not \(lengths.dtype)\(lengths.shape)"
    }
    for state in initial ?? [] where state.shape != stateShape(count) || state.dtype != x.dtype {
      return
        "\(count) sequences begin with states \(x.dtype)\(stateShape(count)), not \(state.dtype)\(state.shape)"
    }
    return nil
  }

  /// - Parameters:
  ///   - x: `[N, T, D]`.
  ///   - lengths: how many places of each sequence there are: `[N]`; nil for all.
  ///   - initial: the states before the first place; nil for zeros.
  func run(_ x: Tensor, lengths: Tensor?, initial: [Tensor]?, in pass: Pass) -> Result {
    if let error = ([x, lengths].compactMap { $0 } + (initial ?? [])).first(where: { $0.error != nil }) {
      return Result(outputs: error, states: (0..<cell.states).map { _ in error })
    }
    if let reason = refusal(x, lengths, initial) {
      let error = Tensor.invalid(name, reason)
      return Result(outputs: error, states: (0..<cell.states).map { _ in error })
    }
    let (count, length) = (x.shape[0], x.shape[1])
    let isThere = lengths.map { lengths in
      Tensor.indices(length).reshaped([length, 1, 1]) .< lengths.indicesInInt32.reshaped([1, count, 1])
    }
    var values = x.transposed([1, 0, 2])
    var last: [[Tensor]] = (0..<cell.states).map { _ in [] }
    for layer in 0..<layers {
      if layer > 0, dropout > 0 { values = Dropout(dropout)(values, in: pass, as: "dropout\(layer)") }
      var outputs: [Tensor] = []
      for direction in 0..<directions {
        let begin = (0..<cell.states).map { state in
          initial.map { $0[state][layer * directions + direction] }
            ?? Tensor.full([count, units], 0, dtype: x.dtype)
        }
        let made = walk(
          values, from: begin, isThere, reversed: direction == 1,
          suffix: "_l\(layer)" + (direction == 1 ? "_reverse" : ""), in: pass)
        outputs.append(made.output)
        for (state, value) in made.states.enumerated() { last[state].append(value) }
      }
      values = outputs.count == 1 ? outputs[0] : concatenate(outputs, axis: 2)
    }
    return Result(outputs: values.transposed([1, 0, 2]), states: last.map { stack($0) })
  }

  /// One layer in one direction: `[T, N, D]` to `[T, N, H]`.
  private func walk(
    _ x: Tensor, from states: [Tensor], _ isThere: Tensor?, reversed: Bool, suffix: String, in pass: Pass
  ) -> (output: Tensor, states: [Tensor]) {
    guard x.error == nil else { return (x, states.map { _ in x }) }
    let (length, count, width) = (x.shape[0], x.shape[1], x.shape[2])
    let all = cell.gates * units
    let bound = 1 / Double(units).squareRoot()
    func weight(_ name: String, _ width: Int) -> Tensor {
      pass.weight(
        name + suffix, [width, all], fanIn: width, initializer: .uniform(-bound...bound))
    }
    let (ofInput, ofState) = (weight("weight_ih", width), weight("weight_hh", units))
    let (inputBias, stateBias) = (pass.bias("bias_ih" + suffix, [all]), pass.bias("bias_hh" + suffix, [all]))
    let inputs = x.reshaped([length * count, width])
    var projected = matmul(inputs, ofInput, precision: pass.precision)
    if let adapter = pass.adapter(of: "weight_ih" + suffix, ofInput) {
      let narrow = matmul(inputs, adapter.down, precision: pass.precision)
      projected = adapter.applied(to: projected, matmul(narrow, adapter.up, precision: pass.precision))
    }
    projected = projected + inputBias
    let rows = projected.reshaped([length, count, all])
    let made = scan(states, over: [rows] + (isThere.map { [$0] } ?? []), reversed: reversed) {
      states, slices in
      let h = matmul(states[0], ofState, precision: pass.precision) + stateBias
      let next = cell.step(slices[0], h, states)
      guard slices.count > 1 else { return (carry: next, outputs: [next[0]]) }
      // A sequence that is over keeps its states, and gives zeros.
      let isThere = slices[1].broadcast(to: next[0].shape)
      return (
        carry: zip(next, states).map { select(isThere, $0, $1) },
        outputs: [select(isThere, next[0], Tensor(0, dtype: x.dtype))]
      )
    }
    return (made.outputs[0], made.carry)
  }
}
