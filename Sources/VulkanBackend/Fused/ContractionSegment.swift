import Programs
import Tensors

extension ShaderText {
  /// Writes a segment that multiplies matrices, outright or as a convolution, and does to each result what follows.
  ///
  /// - Returns: its number of workgroups.
  mutating func contraction(
    _ segment: Segment, _ buffers: [FusedKernel.Buffer], name: String, on device: DeviceTraits
  ) -> Int {
    guard let product = segment.contraction else {
      preconditionFailure("\(segment.composition) multiplies no matrices")
    }
    let type = segment.results[0].dtype
    let form = MatrixForm(isFloat64: type == .float64, on: device)
    var parts = PartText(segment, buffers, prefix: name)
    add("void \(name)store(uint i, \(type.registerName) v0) {")
    parts.store(0, at: "i", into: &self)
    for part in segment.parts.indices.dropFirst() {
      parts.compute(part, at: "i", into: &self)
      parts.store(part, at: "i", into: &self)
    }
    add("}")
    if form == .tiled { include("tiles.glsl") }
    let operands = [
      ("REAL", type.registerName), ("STORE(i, value)", "\(name)store(i, value)"),
    ]
    let loads = product.inputs.map { parts.load($0, at: "i") }
    switch product.kernel {
    case .matmul(let kernel):
      let tile = form.tile(of: kernel)
      var macros = operands + [("A_AT(i)", loads[0]), ("B_AT(i)", loads[1]), ("MATMUL", "\(name)product")]
      macros += [
        ("aIsTransposed", "\(kernel.a.isTransposed)"), ("bIsTransposed", "\(kernel.b.isTransposed)"),
      ]
      if form != .tiled { macros += [("ROWS", "\(tile.rows)u"), ("COLUMNS", "\(tile.columns / 8)u")] }
      for (word, value) in zip(MatMulKernel.constantNames, kernel.constants) {
        macros.append((word, constant(value)))
      }
      include(form == .tiled ? "matmulTiled.glsl" : "matmulDirect.glsl", defining: macros)
      let across = (kernel.n + tile.columns - 1) / tile.columns
      let tiles = constant(across)
      add("void \(name)(uint group) { \(name)product(group / \(tiles), group % \(tiles)); }")
      return across * ((kernel.m + tile.rows - 1) / tile.rows)
    case .convolution(let kernel):
      let tile = form.convolutionTile
      let size = kernel.matrix
      let down = (size.rows + tile.rows - 1) / tile.rows
      let across = (size.columns + tile.columns - 1) / tile.columns
      var macros =
        operands + [("FIRST_AT(i)", loads[0]), ("SECOND_AT(i)", loads[1]), ("PASS", "\(kernel.passNumber)")]
      for (word, value) in zip(ConvolutionKernel.constantNames, kernel.constants) {
        macros.append((word, constant(value)))
      }
      for macro in macros { add("#define \(macro.0) \(macro.1)") }
      add("#include \"convolution.glsl\"")
      include(form == .tiled ? "convolutionTiled.glsl" : "convolutionDirect.glsl", defining: [])
      for macro in macros { add("#undef \(macro.0.prefix { $0 != "(" })") }
      let (rows, groups) = (constant(down), constant(kernel.groups))
      add("void \(name)(uint group) {")
      add("  convolve(group / \(rows) % \(groups), group % \(rows), group / \(rows) / \(groups));")
      add("}")
      return down * across * kernel.groups
    default:
      preconditionFailure("\(product.kernel.name) multiplies no matrices")
    }
  }
}
