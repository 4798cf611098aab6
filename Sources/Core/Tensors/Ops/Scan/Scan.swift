/// One computation for each step of some sequences, in which each step is given what the one before has left: a loop.
///
///     c_t, y_t = body(c_{t−1}, x_t, constants)
///
/// The inputs are the carries before the first step, the slices' tensors (`ScanSlice`), the constants, and a tensor of zeros
/// for each sum. The result is one vector of several parts (`ScanLayout`): all carries after each step, the outputs of each
/// step, sums over all steps, and what else is kept for the backward pass.
package struct Scan: Operation {
  package let body: ScanBody
  package let steps: Int

  /// True if the last slice comes first.
  package let isReversed: Bool

  /// Where the slices are read, in the order of the body's.
  package let slices: [ScanSlice]

  package init(_ body: ScanBody, steps: Int, isReversed: Bool, slices: [ScanSlice]) {
    (self.body, self.steps, self.isReversed, self.slices) = (body, steps, isReversed, slices)
  }

  package var name: String { "scan" }

  /// The same scan that keeps nothing for the backward pass; nil for itself.
  package var keepingNothing: Scan? {
    body.keptParts.isEmpty
      ? nil : Scan(body.keepingNothing, steps: steps, isReversed: isReversed, slices: slices)
  }

  package var layout: ScanLayout { ScanLayout(body, steps: steps) }

  /// The index of the first input of each slice.
  package var sliceInputs: [Int] {
    slices.indices.map { index in
      slices[..<index].reduce(body.carries.count) { $0 + $1.inputCount }
    }
  }

  /// The index of the first constant among the inputs.
  package var constantInput: Int { slices.reduce(body.carries.count) { $0 + $1.inputCount } }

  /// The index of the zeros of the first sum among the inputs.
  package var zeroInput: Int { constantInput + body.constants.count }

  /// The slice that belongs to a step, by the order in which steps are computed.
  package func slice(ofStep step: Int) -> Int { isReversed ? steps - 1 - step : step }

  package func resultType(of inputs: [TensorType]) throws(TypeMismatch) -> TensorType {
    var expected = body.carries.map { TensorType($0.shape, $0.dtype) }
    for (slice, argument) in zip(slices, body.slices) {
      let type = TensorType(argument.shape, argument.dtype)
      if case .previous = slice { expected.append(type) }
      expected.append(TensorType([steps, ScanLayout.stride(of: type)], type.dtype))
    }
    expected += body.constants.map { TensorType($0.shape, $0.dtype) } + body.sums.map(\.node.type)
    guard inputs == expected else { throw TypeMismatch("takes \(expected), not \(inputs)") }
    let layout = layout
    return TensorType([layout.count], layout.dtype)
  }

  package func flops(inputs: [TensorType], result: TensorType) -> Int { flopCount(steps, body.flops) }
}

/// Where a step reads one of its slices.
package enum ScanSlice: Hashable, Sendable {
  /// Step t reads row t of one input `[T, stride]`.
  case row

  /// Step t reads what another scan's carry was before step t: row t − 1 of the second input `[T, stride]`, or t + 1 of a
  /// reversed scan; the first input where there is none.
  case previous(isReversed: Bool)

  package var inputCount: Int { if case .row = self { 1 } else { 2 } }

  /// The input that a slice is read from, counted from the slice's first, and its row there; no row of a whole input.
  package func place(ofSlice index: Int, of steps: Int) -> (input: Int, row: Int?) {
    guard case .previous(let isReversed) = self else { return (0, index) }
    let before = isReversed ? index + 1 : index - 1
    return (0..<steps).contains(before) ? (1, before) : (0, nil)
  }
}

/// The parts of a scan's result, one after another.
///
/// Each row begins at a multiple of 256 bytes, which every device can bind as a buffer; zeros fill what lies between.
package struct ScanLayout: Hashable, Sendable {
  package struct Part: Hashable, Sendable {
    package let type: TensorType
    /// The index of the first element.
    package let offset: Int
    /// Elements of a row with its padding.
    package let stride: Int
    /// One for each step, or 1 of a sum.
    package let rows: Int

    package var count: Int { rows * stride }
  }

  /// Carries, outputs, sums, and what is kept, in the order of the body's.
  package let parts: [Part]

  package var dtype: DType { parts.first?.type.dtype ?? .float32 }
  package var count: Int { parts.last.map { $0.offset + $0.count } ?? 0 }

  init(_ body: ScanBody, steps: Int) {
    var parts: [Part] = []
    for (index, result) in body.results.enumerated() {
      let rows = body.sumParts.contains(index) ? 1 : steps
      parts.append(
        Part(
          type: result.node.type, offset: parts.last.map { $0.offset + $0.count } ?? 0,
          stride: Self.stride(of: result.node.type), rows: rows))
    }
    self.parts = parts
  }

  package static func stride(of type: TensorType) -> Int {
    let unit = 256 / type.dtype.byteCount
    return (type.shape.count + unit - 1) / unit * unit
  }
}

extension ScanLayout.Part {
  /// The rows of a part, with their padding: `[rows, stride]`.
  package func rows(in result: Tensor) -> Tensor {
    result.sliced(from: [offset], [count]).reshaped([rows, stride])
  }

  /// The values of a part in each step, or a sum: `[rows] + shape`.
  package func values(in result: Tensor) -> Tensor { rows(in: result).withoutPadding(type.shape) }
}

extension Tensor {
  /// Rows that begin at multiples of 256 bytes, of a tensor with a row for each step.
  func asRows() -> Tensor {
    let count = shape.dimensions.dropFirst().reduce(1, *)
    let stride = ScanLayout.stride(of: TensorType([count], dtype))
    let rows = reshaped([shape[0], count])
    return stride == count ? rows : rows.padded(before: [0, 0], after: [0, stride - count])
  }

  /// The elements of such rows, each of a shape.
  package func withoutPadding(_ shape: Shape) -> Tensor {
    sliced(from: [0, 0], [self.shape[0], shape.count]).reshaped(Shape([self.shape[0]] + shape.dimensions))
  }
}
