/// The parameters beside a frozen weight, and how they change what is made with it.
///
///     let narrow = matmul(x, adapter.down)
///     y = adapter.applied(to: y, matmul(narrow, adapter.up))
public struct LoRAAdapter {
  /// A, which a layer multiplies its input with in place of the weight: `[D, rank]`, or filters `[rank, C, …]`.
  public let down: Tensor

  /// B, which it multiplies that with: `[rank, units]`, or filters `[K, rank, 1, …]`.
  public let up: Tensor

  private let scale: Double
  /// By each output, of a shape that broadcasts; nil unless the adaptation is decomposed.
  private let gain: Tensor?

  fileprivate init(_ down: Tensor, _ up: Tensor, scale: Double, gain: Tensor?) {
    (self.down, self.up, self.scale, self.gain) = (down, up, scale, gain)
  }

  /// A layer's product, adapted, before its bias.
  ///
  /// - Parameters:
  ///   - product: of the input with the weight.
  ///   - addition: of the input with A and B, of the same shape.
  public func applied(to product: Tensor, _ addition: Tensor) -> Tensor {
    let sum = product + scale * addition
    return gain.map { $0 * sum } ?? sum
  }
}

extension Pass {
  /// The parameters of low-rank adaptation beside a weight; nil where the weight is none of its targets.
  ///
  /// Layers ask for it that multiply their input with a matrix or with filters, so that any network has them adapted by
  /// their names. Two narrow products, not W + s A B made once for a step: of that the gradient would be x's product with dy,
  /// as large as the frozen weight's own, a third of a step's arithmetic; and the sum and its gradient would take the memory
  /// of two more weights.
  ///
  /// - Parameters:
  ///   - name: of the weight, within the layer.
  ///   - weight: its value: `[D, units]`, or filters `[K, C, R, S]` or `[K, C, T, R, S]` in one group.
  public func adapter(of name: String, _ weight: Tensor) -> LoRAAdapter? {
    guard weight.error == nil, let lora = states.adapting(key(name), of: prefix) else { return nil }
    let (inputs, outputs) = LoRA.sides(of: weight.shape)
    let most = Swift.min(inputs, outputs)
    guard (1...most).contains(lora.rank) else {
      let error = Tensor.invalid(
        "lora",
        "the rank is \(lora.rank), but '\(key(name))' \(weight.shape) is a matrix of \(inputs) × \(outputs): choose from 1 to "
          + "\(most), or other targets")
      return LoRAAdapter(error, error, scale: 1, gain: nil)
    }
    let shapes = lora.shapes(of: weight.shape)
    let bound = 1 / Double(inputs).squareRoot()
    let down = value(
      of: LoRA.Part.down.name(of: name), shapes.down, role: .weight, initial: .uniform(-bound...bound))
    let up = value(of: LoRA.Part.up.name(of: name), shapes.up, role: .weight, initial: .zeros)
    guard lora.isDecomposed, let base = states[key(name)] else {
      return LoRAAdapter(down, up, scale: lora.scale, gain: nil)
    }
    let magnitude = value(
      of: LoRA.Part.magnitude.name(of: name), [outputs], role: .weight, initial: .norms(of: base))
    let isMatrix = weight.rank == 2
    let product =
      isMatrix
      ? matmul(down, up)
      : matmul(up.reshaped([outputs, lora.rank]), down.reshaped([lora.rank, inputs])).reshaped(weight.shape)
    let whole = weight + lora.scale * product
    let norm = sqrt((whole * whole).sum(isMatrix ? [0] : Array(1..<weight.rank)))
    // A constant to the backward pass, as in the paper's section 4.3: that saves the memory of its gradient.
    let constant = withGradient("the norm of DoRA", norm, of: []) { _ in [] }
    let gain = magnitude / constant
    return LoRAAdapter(
      down, up, scale: lora.scale,
      gain: isMatrix
        ? gain : gain.reshaped(Shape([1, outputs] + weight.shape.dimensions.dropFirst(2).map { _ in 1 })))
  }
}
