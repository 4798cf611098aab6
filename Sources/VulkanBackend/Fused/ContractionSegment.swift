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
    if form == .tiled { include("tiles.glsl") }
    var parts = PartText(segment, buffers, prefix: name)
    let depthParts = product.kernel.depthPartCount
    let first = depthParts == nil ? "i" : "\(name)first + i"
    if depthParts != nil { add("uint \(name)first = 0u;") }
    add("void \(name)store(uint i, \(type.registerName) v0) {")
    parts.store(0, at: first, into: &self)
    for part in segment.parts.indices.dropFirst() {
      parts.compute(part, at: "i", into: &self)
      parts.store(part, at: "i", into: &self)
    }
    add("}")
    let operands = product.inputs.map { parts.load($0, at: "i") }
    let tiling =
      switch product.kernel.product {
      case .matmul(let kernel): matmul(kernel, operands, type, name: name, form)
      case .convolution(let kernel): convolution(kernel, operands, type, name: name, form)
      default: preconditionFailure("\(product.kernel.name) multiplies no matrices")
      }
    let depth = constant(tiling.depth)
    guard let depthParts else {
      let all = form == .tiled ? ", 0u, \(depth)" : ""
      add("void \(name)(uint group) { \(name)product(\(tiling.place("group"))\(all)); }")
      return tiling.count
    }
    precondition(form == .tiled, "only tiles are made in parts of their depth")
    // Whole steps of the tiles' depth.
    let step = constant(((tiling.depth + depthParts - 1) / depthParts + 15) / 16 * 16)
    let (tiles, count) = (constant(tiling.count), constant(product.kernel.product.resultCount))
    add("void \(name)(uint group) {")
    add("  uint part = group / \(tiles), firstDepth = min(part * \(step), \(depth));")
    add("  \(name)first = part * \(count);")
    add(
      "  \(name)product(\(tiling.place("group % \(tiles)")), firstDepth, min(firstDepth + \(step), \(depth)));"
    )
    add("}")
    return tiling.count * depthParts
  }

  /// How a product is cut into tiles.
  private struct Tiling {
    let count: Int
    let depth: Int
    /// The arguments that say which tile, from its number.
    let place: (String) -> String
  }

  /// Writes the function that makes a tile of a matrix product.
  private mutating func matmul(
    _ kernel: MatMulKernel, _ operands: [String], _ type: DType, name: String, _ form: MatrixForm
  ) -> Tiling {
    let tile = form.tile(of: kernel)
    var macros = [
      ("MATMUL", "\(name)product"), ("REAL", type.registerName),
      ("STORE(i, value)", "\(name)store(i, value)"),
      ("A_AT(i)", operands[0]), ("B_AT(i)", operands[1]), ("aIsTransposed", "\(kernel.a.isTransposed)"),
      ("bIsTransposed", "\(kernel.b.isTransposed)"),
    ]
    if form != .tiled { macros += [("ROWS", "\(tile.rows)u"), ("COLUMNS", "\(tile.columns / 8)u")] }
    for (word, value) in zip(MatMulKernel.constantNames, kernel.constants) {
      macros.append((word, constant(value)))
    }
    include([form == .tiled ? "matmulTiled.glsl" : "matmulDirect.glsl"], defining: macros)
    let across = (kernel.n + tile.columns - 1) / tile.columns
    let columns = constant(across)
    return Tiling(count: across * ((kernel.m + tile.rows - 1) / tile.rows), depth: kernel.k) {
      "(\($0)) / \(columns), (\($0)) % \(columns)"
    }
  }

  /// Writes the function that makes a tile of a convolution.
  private mutating func convolution(
    _ kernel: ConvolutionKernel, _ operands: [String], _ type: DType, name: String, _ form: MatrixForm
  ) -> Tiling {
    let (tile, matrix) = (form.convolutionTile, kernel.matrix)
    let down = (matrix.rows + tile.rows - 1) / tile.rows
    let across = (matrix.columns + tile.columns - 1) / tile.columns
    var macros = [
      ("convolve", "\(name)product"), ("REAL", type.registerName),
      ("STORE(i, value)", "\(name)store(i, value)"),
      ("FIRST_AT(i)", operands[0]), ("SECOND_AT(i)", operands[1]), ("PASS", "\(kernel.passNumber)"),
    ]
    if form != .tiled { macros += [("ROWS", "\(tile.rows)u"), ("COLUMNS", "\(tile.columns / 8)u")] }
    for (word, value) in zip(ConvolutionKernel.constantNames, kernel.constants) {
      macros.append((word, constant(value)))
    }
    include(
      ["convolution.glsl", form == .tiled ? "convolutionTiled.glsl" : "convolutionDirect.glsl"],
      defining: macros)
    let (rows, groups) = (constant(down), constant(kernel.groups))
    return Tiling(count: down * across * kernel.groups, depth: matrix.depth) {
      "(\($0)) / \(rows) % \(groups), (\($0)) % \(rows), (\($0)) / \(rows) / \(groups)"
    }
  }
}

extension Kernel {
  /// In how many parts of its depth a product is computed; nil for all at once.
  fileprivate var depthPartCount: Int? { if case .depthParts(_, let count) = self { count } else { nil } }

  /// The number of a product's results.
  fileprivate var resultCount: Int {
    switch self {
    case .matmul(let kernel): kernel.m * kernel.n
    case .convolution(let kernel): kernel.matrix.rows * kernel.matrix.columns * kernel.groups
    default: preconditionFailure("\(name) multiplies no matrices")
    }
  }
}
