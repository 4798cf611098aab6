/// The elements added by padding.
public enum PaddingMode: String, Sendable, CaseIterable {
  case zeros
  /// The nearest element.
  case replicate
  /// Mirrored at the border, without repeating it: c b | a b c.
  case reflect
  /// Wrapped around from the opposite side.
  case circular
}

extension Tensor {
  /// This tensor with more elements around it.
  ///
  /// - Parameters:
  ///   - before: the number of elements added in front, along each axis.
  ///   - mode: their values. `reflect` adds at most the extent less one, `circular` at most the extent.
  public func padded(
    before: [Int], after: [Int], _ mode: PaddingMode, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    guard error == nil, mode != .zeros else {
      return padded(before: before, after: after, file: file, line: line)
    }
    guard before.count == rank, after.count == rank, (before + after).allSatisfy({ $0 >= 0 }) else {
      return .invalid(
        "padded", "padding by \(before) and \(after) does not fit \(shape)", at: Location(file, line))
    }
    var result = self
    for axis in 0..<rank where before[axis] + after[axis] > 0 {
      let extent = shape[axis]
      let most = mode == .replicate ? (extent > 0 ? Int.max : 0) : mode == .reflect ? extent - 1 : extent
      guard before[axis] <= most, after[axis] <= most else {
        return .invalid(
          "padded",
          "\(extent) elements along axis \(axis) of \(shape) cannot \(mode.rawValue) to \(before[axis]) and \(after[axis])",
          at: Location(file, line))
      }
      let entries = (-before[axis]..<extent + after[axis]).map { place -> Int32 in
        switch mode {
        case .zeros, .replicate: Int32(Swift.min(Swift.max(place, 0), extent - 1))
        case .reflect: Int32(place < 0 ? -place : place < extent ? place : 2 * (extent - 1) - place)
        case .circular: Int32((place + extent) % extent)
        }
      }
      result = result.picked(entries, along: axis)
    }
    return result
  }
}
