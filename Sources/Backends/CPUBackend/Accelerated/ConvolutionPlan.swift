import CKernels
import Programs

/// A convolution as the CPU computes it: its algorithm, what that needs to know, and its workspace.
struct ConvolutionPlan {
  enum Form {
    case reference(ConvolutionAlgorithm.Obstacle)
    /// The forward pass, or an input gradient, by GEMM or Winograd.
    case phases([ConvolutionPhase])
    case col2im(lemnos_convolution)
    case weightGradient(lemnos_convolution, GradientParts)
    case winogradGradient(lemnos_convolution, GradientTiling)
    case depthwiseGradient(lemnos_convolution, parts: Int)
  }

  let kernel: ConvolutionKernel
  let form: Form

  /// Each once; several only for a strided input gradient.
  let algorithms: [ConvolutionAlgorithm]

  init(_ kernel: ConvolutionKernel) {
    self.kernel = kernel
    var forward = kernel.forward.windows
    switch ConvolutionAlgorithm.whole(kernel, forward: forward) {
    case .reference(let obstacle)?:
      (form, algorithms) = (.reference(obstacle), [.reference(obstacle)])
    case .col2im?: (form, algorithms) = (.col2im(forward), [.col2im])
    case _ where kernel.pass == .weightGradient:
      let algorithm = ConvolutionAlgorithm.phase(forward, of: kernel.pass)
      forward.is_gathered = algorithm == .bandGEMM ? 0 : 1
      form =
        switch algorithm {
        case .winograd2, .winograd4:
          .winogradGradient(forward, GradientTiling(forward, side: algorithm.winogradSide))
        case .depthwise: .depthwiseGradient(forward, parts: min(GradientParts.leastUnits, kernel.n))
        default: .weightGradient(forward, GradientParts(kernel, forward))
        }
      algorithms = [algorithm]
    default:
      let phases = kernel.phases
      form = .phases(phases)
      algorithms = phases.map(\.algorithm).reduce(into: []) {
        if !$0.contains($1) { $0.append($1) }
      }
    }
  }

  /// Floats of workspace that it needs.
  ///
  /// - Parameter isStored: true if its result is stored, not only passed to the epilogue.
  func workspaceCount(isStored: Bool) -> Int {
    switch form {
    case .reference: 0
    case .phases(let phases):
      phases.packedCount + (isStored || phases.haveContiguousUnits ? 0 : kernel.resultCount)
    case .col2im(let forward):
      withUnsafePointer(to: forward) { Int(lemnos_col2im_packed_count($0)) }
    case .weightGradient(_, let parts): parts.floatCount
    case .winogradGradient(_, let tiling): tiling.floatCount
    case .depthwiseGradient(_, let parts): parts * kernel.filterCount * kernel.groups
    }
  }
}

extension [ConvolutionPhase] {
  /// Floats of the packed filters of all phases.
  var packedCount: Int { last.map { $0.offset + $0.packedCount } ?? 0 }

  /// True if the results of each unit of work are contiguous.
  var haveContiguousUnits: Bool { count == 1 && self[0].isWhole }
}

extension ConvolutionKernel {
  /// The number of results of a forward pass or an input gradient.
  var resultCount: Int { pass == .forward ? n * k * p * q : n * c * h * w }

  /// Elements per filter.
  var filterCount: Int { channelsPerGroup * r * s }
}
