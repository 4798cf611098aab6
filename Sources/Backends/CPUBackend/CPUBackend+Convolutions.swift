public import Execution
public import Programs
import Tensors

extension CPUBackend {
  public func convolutionChoices(of program: Program) -> [ConvolutionChoice] {
    program.convolutionChoices { _, convolution, type in
      let algorithms: [ConvolutionAlgorithm] =
        kernels == .reference
        ? [.reference(.requested)]
        : type == .float32 ? ConvolutionPlan(convolution).algorithms : [.reference(.float64)]
      return algorithms.map { ($0.name, $0.reason) }
    }
  }
}
