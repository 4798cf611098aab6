import Programs
import Shaders
import Tensors

extension DispatchPlan {
  /// One dispatch: of gradients, some workgroups have queries and the others keys.
  static func attention(_ kernel: AttentionKernel, isFloat64: Bool, on device: DeviceTraits) -> DispatchPlan {
    let z = kernel.sizes
    let shader: Shader =
      kernel.isGradient
      ? (isFloat64 ? .attentionGradientFloat64 : .attentionGradient)
      : (isFloat64 ? .attentionFloat64 : .attention)
    let blocks = { (rows: Int) in (rows + 31) / 32 }
    // The totals of an invocation are in registers, 16 of each 32 channels; twice as many for keys and values. Scores are
    // computed anew for each part of the channels.
    let most = isFloat64 ? 1 : kernel.isGradient ? 2 : 4
    let chunks = min(max(blocks(z.d), 1), most)
    let parts = (blocks(z.d) + chunks - 1) / chunks
    let ofQueries = z.n * z.h * blocks(z.t) * parts
    // Keys and values have workgroups of their own where registers do not suffice for both.
    let ofKeys = z.n * z.g * blocks(z.s) * parts * (isFloat64 ? 2 : 1)
    let units = ofQueries + (kernel.isGradient ? ofKeys : 0)
    // With loops over what is loaded, and over what is multiplied, where these are not unrolled.
    let product = (z.d + 15) / 16 * (isFloat64 ? 1 + 2 * 8 + 16 : 1)
    // Ten rounds of Philox for each of an invocation's rows.
    let draws = kernel.form.dropout == nil ? 0 : 4 * 10
    let (read, weighted) = (
      (kernel.isGradient ? 2 * product : product) + draws, (isFloat64 ? 16 + 8 * (1 + 4) : 8) * chunks
    )
    let together = z.h / max(z.g, 1)
    let iterations = max(
      blocks(z.s) * (1 + read + weighted),
      kernel.isGradient ? together * (1 + blocks(z.t) * (1 + read + 2 * weighted)) : 0)
    let none = [0, 0, 0, 0]
    let number = { (x: Double) in isFloat64 ? x.words : [Int(Float(x).bitPattern), 0] }
    let dropout = kernel.form.dropout
    let kept = dropout.map { number($0.kept).map { UInt32($0) } } ?? [0, 0]
    let flags =
      (kernel.form.isCausal ? 1 : 0) | (kernel.mask == nil ? 0 : 2) | (kernel.form.hasDocuments ? 4 : 0)
      | (z.hasGradientsTogether ? 8 : 0)
    return DispatchPlan(
      .compiled(shader), specialization: [UInt32(chunks), dropout?.droppedBelow ?? 0] + kept,
      constants: kernel.query.words + kernel.key.words + kernel.value.words + (kernel.upstream?.words ?? none)
        + (kernel.mask?.rows.words ?? none)
        + [kernel.mask?.column ?? 0, z.n, z.h, z.g, z.t, z.s, z.d] + number(kernel.form.scale)
        + [flags, units, Int(dropout?.stream ?? 0)],
      groups: device.folded(units), iterations: iterations)
  }
}

extension AttentionKernel.Rows {
  fileprivate var words: [Int] { [offset, image, head, row] }
}

extension Double {
  fileprivate var words: [Int] { [Int(UInt32(truncatingIfNeeded: bitPattern)), Int(bitPattern >> 32)] }
}

extension AttentionKernel {
  /// The inputs in the order of the shader's bindings; the first one where the form has none.
  var boundInputs: [Int] {
    let pairs = [form.documentInput, form.randomInput].flatMap { $0.map { [$0, $0 + 1] } ?? [0, 0] }
    let ofForm = [0, 1, 2, form.maskInput ?? 0] + pairs
    return ofForm + (isGradient ? (0..<3).map { form.inputCount + $0 } : [])
  }
}
