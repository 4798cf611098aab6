/// Max pooling of images `[N, C, H, W]` by windows of R×S elements.
///
/// The argmax index of each window is an operation of its own: one byte, which is all that the gradient
/// needs.
package enum Pooling: Operation {
  /// Images to argmax indices in the window, r · S + s, uint8 `[N, C, P, Q]`; the first of equals.
  ///
  /// Padding is never the maximum.
  case maxPool2DPlace(WindowGeometry, window: [Int])

  /// Images and argmax indices to the maxima, `[N, C, P, Q]`.
  case maxPool2DPick(WindowGeometry, window: [Int])

  /// The gradient of the maxima, and argmax indices, to images of the given height and width.
  case maxPool2DGradient(WindowGeometry, window: [Int], height: Int, width: Int)

  package var name: String {
    switch self {
    case .maxPool2DPlace: "maxPool2DPlace"
    case .maxPool2DPick: "maxPool2DPick"
    case .maxPool2DGradient: "maxPool2DGradient"
    }
  }

  package func resultType(of inputs: [TensorType]) throws(TypeMismatch) -> TensorType {
    let x = inputs[0]
    guard x.shape.rank == 4, x.dtype.isFloating else {
      throw TypeMismatch("takes float images [N, C, H, W], not \(x)")
    }
    switch self {
    case .maxPool2DPlace(let geometry, let window), .maxPool2DPick(let geometry, let window):
      let image = Array(x.shape.dimensions[2...])
      if let reason = Pooling.refusal(geometry, window: window, image: image) { throw TypeMismatch(reason) }
      let size = (0..<2).map { geometry.count($0, size: image[$0], window: window[$0]) ?? 0 }
      let shape: Shape = [x.shape[0], x.shape[1], size[0], size[1]]
      if case .maxPool2DPlace = self { return TensorType(shape, .uint8) }
      guard inputs[1] == TensorType(shape, .uint8) else {
        throw TypeMismatch("needs places uint8\(shape), not \(inputs[1])")
      }
      return TensorType(shape, x.dtype)
    case .maxPool2DGradient(_, _, let height, let width):
      guard inputs[1] == TensorType(x.shape, .uint8) else {
        throw TypeMismatch("needs places uint8\(x.shape), not \(inputs[1])")
      }
      return TensorType([x.shape[0], x.shape[1], height, width], x.dtype)
    }
  }

  /// The reason why images cannot be pooled so; nil if they can.
  private static func refusal(_ geometry: WindowGeometry, window: [Int], image: [Int]) -> String? {
    if let reason = geometry.refusal(image: image, window: window) { return reason }
    guard window[0] <= 256, window[1] <= 256, window[0] * window[1] <= 256 else {
      return "takes windows of at most 256 elements, not \(window[0])×\(window[1])"
    }
    let seesPixels = (0..<2).allSatisfy {
      max(geometry.padding[2 * $0], geometry.padding[2 * $0 + 1]) < window[$0]
    }
    return seesPixels ? nil : "padding \(geometry.padding) makes windows \(window) that see no pixel"
  }

  package func gradients(of y: Tensor, inputs: [Tensor], upstream: Tensor) -> [Tensor?] {
    switch self {
    case .maxPool2DPlace: return [nil]
    case .maxPool2DPick(let geometry, let window):
      let shape = inputs[0].shape
      let op = Pooling.maxPool2DGradient(geometry, window: window, height: shape[2], width: shape[3])
      return [.apply(.pooling(op), to: [upstream, inputs[1]]), nil]
    case .maxPool2DGradient(let geometry, let window, _, _):
      return [.apply(.pooling(.maxPool2DPick(geometry, window: window)), to: [upstream, inputs[1]]), nil]
    }
  }

  package func flops(inputs: [TensorType], result: TensorType) -> Int {
    switch self {
    case .maxPool2DPlace(_, let window): flopCount(result.shape.count, window[0], window[1])
    case .maxPool2DPick: result.shape.count
    case .maxPool2DGradient(_, let window, _, _): flopCount(inputs[0].shape.count, window[0], window[1])
    }
  }
}

/// The maximum of each window, `[N, C, H, W]` to `[N, C, P, Q]`.
///
/// The gradient goes to the first of equals.
///
/// - Parameter window: rows and columns; at most 256 elements.
public func maxPool2D(
  _ x: Tensor, window: [Int], _ geometry: WindowGeometry, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  let location = Location(file, line)
  guard x.error == nil else { return x }
  let operation = Pooling.maxPool2DPlace(geometry, window: window)
  do throws(TypeMismatch) {
    _ = try operation.resultType(of: [x.node.type])
  } catch {
    // Named as the caller's function.
    return .invalid("maxPool2D", error.reason, at: location)
  }
  let place = Tensor.apply(.pooling(operation), to: [x], at: location)
  return .apply(.pooling(.maxPool2DPick(geometry, window: window)), to: [x, place], at: location)
}

/// The mean of each window, `[N, C, H, W]` to `[N, C, P, Q]`; zeros of the padding count.
///
/// - Parameter window: rows and columns.
public func averagePool2D(
  _ x: Tensor, window: [Int], _ geometry: WindowGeometry, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  guard x.error == nil else { return x }
  guard x.rank == 4, window.count == 2, window.allSatisfy({ $0 > 0 }) else {
    return .invalid(
      "averagePool2D", "takes images [N, C, H, W] and a window of two sizes, not \(x.shape) and \(window)",
      at: Location(file, line))
  }
  if let reason = geometry.refusal(image: Array(x.shape.dimensions[2...]), window: window) {
    return .invalid("averagePool2D", reason, at: Location(file, line))
  }
  guard x.dtype.isFloating else {
    return .invalid("averagePool2D", "takes float images, not \(x.dtype)\(x.shape)", at: Location(file, line))
  }
  // A convolution of each channel as an image of its own, with equal weights.
  let channels = x.reshaped([x.shape[0] * x.shape[1], 1, x.shape[2], x.shape[3]])
  let weights = Tensor.full([1, 1, window[0], window[1]], 1 / Double(window[0] * window[1]), dtype: x.dtype)
  let y = conv2D(channels, weights, geometry, file: file, line: line)
  return y.reshaped([x.shape[0], x.shape[1], y.shape[2], y.shape[3]])
}
