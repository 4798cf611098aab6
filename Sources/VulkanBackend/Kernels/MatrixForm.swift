import Programs

/// How a kernel that multiplies matrices is written: the forms that `matmul` and the convolutions come in.
enum MatrixForm {
  /// Without shared memory, for processors.
  case direct
  /// The same on every device: in float64 networks are checked, not trained, and tiles would not pay.
  case directFloat64
  /// For graphics cards.
  case tiled

  init(isFloat64: Bool, on device: DeviceTraits) {
    self = isFloat64 ? .directFloat64 : device.isSoftware ? .direct : .tiled
  }

  /// Invocations of a workgroup.
  var groupSize: Int { self == .tiled ? 256 : 8 }

  /// The rows and columns of a product that a workgroup makes.
  func tile(of kernel: MatMulKernel) -> (rows: Int, columns: Int) {
    switch self {
    case .direct where kernel.isLarge: (16, 64)
    case .direct, .directFloat64: (8, 32)
    case .tiled: (64, 64)
    }
  }

  /// The same of a convolution.
  var convolutionTile: (rows: Int, columns: Int) {
    switch self {
    case .direct: (8, 64)
    // More would not fit into the registers of AMD's cards.
    case .directFloat64: (4, 32)
    case .tiled: (64, 64)
    }
  }
}

extension MatMulKernel {
  /// Whether there are results enough to make twice as many at a time.
  var isLarge: Bool { m >= 64 && n >= 96 }

  /// What the shaders call their sizes, in the order of `constants`.
  static let constantNames = ["m", "n", "k", "aOffset", "aStride", "bOffset", "bStride"]
  var constants: [Int] { [m, n, k, a.offset, a.stride, b.offset, b.stride] }
}

extension ConvolutionKernel {
  /// What the shaders call their sizes, in the order of `constants`.
  static let constantNames = [
    "images", "channels", "height", "width", "filters", "windowHeight", "windowWidth", "resultHeight",
    "resultWidth",
    "groups", "strideHeight", "strideWidth", "padTop", "padLeft", "dilationHeight", "dilationWidth",
  ]
  var constants: [Int] { [n, c, h, w, k, r, s, p, q, groups] + geometry.constants }

  /// What the shaders call PASS.
  var passNumber: Int {
    switch pass {
    case .forward: 0
    case .inputGradient: 1
    case .weightGradient: 2
    }
  }
}
