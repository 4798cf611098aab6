package import Programs
package import Tensors

/// The algorithm that a backend chose for a convolution of a program, and its reason.
public struct ConvolutionChoice: Encodable, Hashable, Sendable {
  /// The index of its instruction.
  public let instruction: Int
  /// "forward", "input gradient" or "weight gradient".
  public let pass: String
  public let algorithm: String
  /// A few words.
  public let reason: String
}

extension Program {
  /// The algorithms of all convolutions, fused ones too.
  ///
  /// - Parameter choose: the algorithms of one, given the type of its result; several where its phases differ.
  package func convolutionChoices(
    _ choose: (_ kernel: Kernel, _ convolution: ConvolutionKernel, _ type: DType) -> [(
      algorithm: String, reason: String
    )]
  ) -> [ConvolutionChoice] {
    instructions.enumerated().flatMap { index, instruction -> [ConvolutionChoice] in
      guard hasWork(instruction) else { return [] }
      let kernels: [(Kernel, DType)] =
        if case .fused(let fused) = instruction.kernel {
          fused.fusionGroups.compactMap { group in
            group.contraction.map { ($0.kernel, group.results[$0.firstResult].dtype) }
          }
        } else {
          [(instruction.kernel, values[instruction.outputs[0]].type.dtype)]
        }
      return kernels.flatMap { kernel, type -> [ConvolutionChoice] in
        guard case .convolution(let convolution) = kernel.product else { return [] }
        return choose(kernel, convolution, type).map {
          ConvolutionChoice(
            instruction: index, pass: convolution.pass.text, algorithm: $0.algorithm,
            reason: $0.reason)
        }
      }
    }
  }
}

extension ConvolutionKernel.Pass {
  fileprivate var text: String {
    switch self {
    case .forward: "forward"
    case .inputGradient: "input gradient"
    case .weightGradient: "weight gradient"
    }
  }
}
