/// A loop: for each step, what it makes of its part of some sequences and of what the step before has left.
///
///     c_t, y_t = step(c_{t−1}, x_t)
///
/// An exponential moving average, for example:
///
///     let (_, averages) = scan([Tensor.full([8], 0)], over: [x]) { carry, x in
///       let mean = 0.9 * carry[0] + 0.1 * x[0]
///       return (carry: [mean], outputs: [mean])
///     }
///
/// `step` is called once, and its expressions are planned once, however many steps there are. It may use any tensor from
/// outside; what depends on neither carries nor slices, random numbers included, is the same in all steps and computed
/// once. The gradient is a scan too, from the last step to the first. For it, the carries after each step are kept, and what
/// matrix products in the step have made; everything else is computed again.
///
/// - Parameters:
///   - carries: before the first step: float32 or float64.
///   - sequences: `[T, …]`, of one row for each step; of any type.
///   - steps: their number, T; needed only if there are no sequences.
///   - isReversed: true if the last row comes first. Outputs have the order of the rows.
///   - step: gives the carries after the step, of the types of those before, and outputs, of the same type of elements.
/// - Returns: the carries after the last step, and the outputs of each step, `[T, …]`.
public func scan(
  _ carries: [Tensor], over sequences: [Tensor], steps: Int? = nil, reversed isReversed: Bool = false,
  file: StaticString = #fileID, line: UInt = #line,
  step: (_ carries: [Tensor], _ slices: [Tensor]) -> (carry: [Tensor], outputs: [Tensor])
) -> (carry: [Tensor], outputs: [Tensor]) {
  let location = Location(file, line)
  func invalid(_ error: Tensor, _ outputs: Int) -> (carry: [Tensor], outputs: [Tensor]) {
    (carries.map { _ in error }, Array(repeating: error, count: outputs))
  }
  let arguments = carries.enumerated().map { State(argument: "carry \($0)", $1.node.type) }
  // A sequence without rows has slices too: what is wrong with it is told below.
  let slices = sequences.enumerated().map { index, sequence in
    State(
      argument: "slice \(index)",
      TensorType(Shape(Array(sequence.shape.dimensions.dropFirst())), sequence.dtype))
  }
  if let error = (carries + sequences).first(where: { $0.error != nil }) {
    // How many outputs there are only the step knows.
    let made = step(carries.map { _ in error }, sequences.map { _ in error })
    return invalid(error, made.outputs.count)
  }
  let made = step(arguments.map(\.value), slices.map(\.value))
  if let error = (made.carry + made.outputs).first(where: { $0.error != nil }) {
    return invalid(error, made.outputs.count)
  }
  let count = steps ?? sequences.first.flatMap(\.shape.dimensions.first) ?? 0
  if let reason = refusal(carries, sequences, count, made) {
    return invalid(.invalid("scan", reason, at: location), made.outputs.count)
  }
  do throws(TypeMismatch) {
    let (body, captured) = try ScanBody.tracing(
      carries: arguments, slices: slices, steps: count, next: made.carry, outputs: made.outputs)
    let operation = Scan(
      body, steps: count, isReversed: isReversed, slices: sequences.map { _ in .row })
    let result = Tensor.apply(
      .scan(operation), to: carries + sequences.map { $0.asRows() } + captured, at: location)
    guard result.error == nil else { return invalid(result, made.outputs.count) }
    let (layout, last) = (operation.layout, operation.slice(ofStep: count - 1))
    let final = layout.parts[..<carries.count].map { part in
      result.sliced(from: [part.offset + last * part.stride], [part.type.shape.count])
        .reshaped(part.type.shape)
    }
    return (final, layout.parts[body.outputParts].map { $0.values(in: result) })
  } catch {
    return invalid(.invalid("scan", error.reason, at: location), made.outputs.count)
  }
}

/// What is wrong with a scan; nil if it can be computed.
private func refusal(
  _ carries: [Tensor], _ sequences: [Tensor], _ steps: Int, _ made: (carry: [Tensor], outputs: [Tensor])
) -> String? {
  if let scalar = sequences.first(where: { $0.rank == 0 }) {
    return "takes sequences with a row for each step, not \(scalar.dtype)\(scalar.shape)"
  }
  guard steps > 0 else { return "has no steps: give it sequences with rows, or a number of steps" }
  if let other = sequences.first(where: { $0.shape[0] != steps }) {
    return "has \(steps) steps, but a sequence \(other.dtype)\(other.shape) has \(other.shape[0]) rows"
  }
  guard made.carry.count == carries.count else {
    return "is given \(carries.count) carries, but a step leaves \(made.carry.count)"
  }
  for (before, after) in zip(carries, made.carry) where before.node.type != after.node.type {
    return "a step is given a carry \(before.node.type), but leaves \(after.node.type)"
  }
  guard let first = (made.carry + made.outputs).first else { return "leaves no carry and has no output" }
  for result in made.carry + made.outputs
  where result.dtype != first.dtype || !result.dtype.isFloating || result.dtype.isStorageOnly {
    return
      "carries and outputs are all of float32 or all of float64, not \(first.node.type) and \(result.node.type)"
  }
  return nil
}
