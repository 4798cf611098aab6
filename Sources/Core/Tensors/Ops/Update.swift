/// Operations that write values by index.
package enum Update: Operation {
  /// Rows of values are added to the rows of a zero tensor with these numbers: the transpose of `gather`.
  ///
  /// Values and rows are cut into equally many groups; values of a group have numbers of rows of theirs.
  case scatterAdd(rows: Int, groups: Int = 1)

  package var name: String { "scatterAdd" }

  package func resultType(of inputs: [TensorType]) throws(TypeMismatch) -> TensorType {
    let (values, numbers) = (inputs[0], inputs[1])
    guard case .scatterAdd(let rows, let groups) = self, rows > 0, values.shape.rank >= 1,
      values.dtype.isFloating, numbers == TensorType([values.shape[0]], .int32)
    else {
      throw TypeMismatch("takes float rows and as many int32 row numbers, not \(values) and \(numbers)")
    }
    guard groups > 0, rows.isMultiple(of: groups), values.shape[0].isMultiple(of: groups) else {
      throw TypeMismatch("\(values.shape[0]) values and \(rows) rows do not make \(groups) groups")
    }
    return TensorType(Shape([rows] + values.shape.dimensions.dropFirst()), values.dtype)
  }

  package func gradients(of y: Tensor, inputs: [Tensor], upstream dy: Tensor) -> [Tensor?] {
    [dy.gathered(at: inputs[1]), nil]
  }

  package func flops(inputs: [TensorType], result: TensorType) -> Int { inputs[0].shape.count }
}

/// A zero tensor of `rows` rows, to whose row `numbers[i]` row `i` of `values` is added, in the order of `i`.
///
/// Indices outside 0 ..< `rows` are clamped.
///
/// - Parameter numbers: int32, int64 or uint8.
public func scatterAdd(
  _ values: Tensor, at numbers: Tensor, rows: Int, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  .apply(.update(.scatterAdd(rows: rows)), to: [values, numbers.indicesInInt32], at: Location(file, line))
}

/// The new value of a state after a step.
///
/// All values of a step are computed from the states before it, independent of the order of its assignments.
public struct Assignment: Sendable {
  public let state: State
  public let value: Tensor

  public init(_ state: State, _ value: Tensor) {
    self.state = state
    self.value = value
  }
}

extension Tensor {
  /// This tensor with one row, selected at run time, replaced.
  ///
  /// - Parameters:
  ///   - index: a scalar, int32, int64 or uint8.
  ///   - row: of the shape of one row.
  public func replacing(row index: Tensor, with row: Tensor) -> Tensor {
    guard error == nil else { return self }
    let index = index.indicesInInt32
    guard rank > 0, index.error != nil || index.node.type == TensorType([], .int32) else {
      return .invalid(
        "replacing",
        "takes a tensor with rows and an int32 scalar, not \(shape) and \(index.dtype)\(index.shape)")
    }
    let numbers = Tensor.indices(shape[0]).reshaped(
      Shape([shape[0]] + shape.dimensions.dropFirst().map { _ in 1 }))
    return select(numbers .== index, row, self)
  }
}
