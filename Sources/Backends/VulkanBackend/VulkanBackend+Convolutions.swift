public import Execution
public import Programs
import Tensors

extension VulkanBackend {
  public func convolutionChoices(of program: Program) -> [ConvolutionChoice] {
    program.convolutionChoices { kernel, convolution, type in
      let isFloat64 = type == .float64
      if !isFloat64, DispatchPlan.byMatrixUnits(kernel, on: traits) != nil {
        return [("matrix units", "large, operands in \(convolution.precision.rawValue)")]
      }
      let product = MatrixProduct.convolution(convolution)
      let tile = traits.tile(for: product, isFloat64: isFloat64)
      return [("\(tile.form.text) \(tile.rows)×\(tile.columns)", tile.form.reason)]
    }
  }
}

extension MatrixForm {
  fileprivate var text: String {
    switch self {
    case .direct, .directFloat64: "direct, tiles of"
    case .subgroup: "by subgroups, tiles of"
    case .tiled: "shared memory, tiles of"
    }
  }

  fileprivate var reason: String {
    switch self {
    case .direct: "a CPU driver"
    case .subgroup: "a CPU driver with subgroups of 8"
    case .directFloat64: "float64"
    case .tiled: "a GPU"
    }
  }
}
