import Programs
import Shaders
import Tensors

extension DispatchPlan {
  /// The dispatch of a product on matrix units; nil for other kernels, and for products on ordinary units.
  ///
  /// The only code that decides this.
  static func byMatrixUnits(_ kernel: Kernel, on device: DeviceTraits) -> DispatchPlan? {
    guard let units = device.units, units.uses.multiply(kernel) else { return nil }
    let parts = if case .depthParts(_, let count) = kernel { count } else { 1 }
    switch kernel.product {
    case .matmul(let product):
      let isTransposed = [product.a, product.b].map { $0.isTransposed ? UInt32(1) : 0 }
      return .byMatrixUnits(
        .cooperativeMatmul(product.precision), (product.m, product.n, product.k), groups: 1,
        product.precision, specialization: isTransposed, constants: product.constants, parts: parts, units,
        on: device)
    case .convolution(let product):
      return .byMatrixUnits(
        .cooperativeConvolution(product.pass, product.precision), product.wholeMatrix, groups: product.groups,
        product.precision, specialization: [], constants: product.sizes, parts: parts, units, on: device)
    default: return nil
    }
  }

  private static func byMatrixUnits(
    _ shader: Shader?, _ matrix: (rows: Int, columns: Int, depth: Int), groups: Int, _ precision: Precision,
    specialization: [UInt32], constants: [Int], parts: Int, _ units: CooperativeUnits,
    on device: DeviceTraits
  ) -> DispatchPlan? {
    guard let shader, let unit = units.units[precision],
      let tile = units.tile(rows: matrix.rows, columns: matrix.columns, precision)
    else { return nil }
    let tiles = (matrix.rows + tile.side - 1) / tile.side * ((matrix.columns + tile.side - 1) / tile.side)
    // A multiple of the tile's depth.
    let depthStep = ((matrix.depth + parts - 1) / parts + tile.depth - 1) / tile.depth * tile.depth
    let sizes = [
      4 * units.subgroupSize, tile.side, tile.side, unit.rows, unit.columns, unit.depth, tile.depth,
    ]
    var plan = DispatchPlan(
      .compiled(shader), specialization: sizes.map { UInt32($0) } + specialization,
      constants: constants + [depthStep, parts], groups: device.folded(tiles * groups * parts),
      iterations: depthStep / tile.depth)
    plan.subgroupSize = units.asksForSubgroups ? units.subgroupSize : nil
    return plan
  }
}

extension Shader {
  /// The matrix-unit kernels for a precision; none for float32.
  static func cooperative(_ precision: Precision) -> [Shader] {
    ([cooperativeMatmul(precision)]
      + ConvolutionKernel.Pass.allCases.map { cooperativeConvolution($0, precision) })
      .compactMap(\.self)
  }

  fileprivate static func cooperativeMatmul(_ precision: Precision) -> Shader? {
    switch precision {
    case .float32: nil
    case .float16: .cooperativeMatmulFloat16
    case .bfloat16: .cooperativeMatmulBFloat16
    case .tf32: .cooperativeMatmulTF32
    }
  }

  fileprivate static func cooperativeConvolution(
    _ pass: ConvolutionKernel.Pass, _ precision: Precision
  ) -> Shader? {
    switch (pass, precision) {
    case (_, .float32): nil
    case (.forward, .float16): .cooperativeConv2DFloat16
    case (.inputGradient, .float16): .cooperativeConv2DInputGradientFloat16
    case (.weightGradient, .float16): .cooperativeConv2DWeightGradientFloat16
    case (.forward, .bfloat16): .cooperativeConv2DBFloat16
    case (.inputGradient, .bfloat16): .cooperativeConv2DInputGradientBFloat16
    case (.weightGradient, .bfloat16): .cooperativeConv2DWeightGradientBFloat16
    case (.forward, .tf32): .cooperativeConv2DTF32
    case (.inputGradient, .tf32): .cooperativeConv2DInputGradientTF32
    case (.weightGradient, .tf32): .cooperativeConv2DWeightGradientTF32
    }
  }
}
