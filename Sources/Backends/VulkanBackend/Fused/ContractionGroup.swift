import Programs
import Tensors

extension ShaderText {
  /// Writes a fusion group of a matrix product or convolution with its epilogue.
  ///
  /// - Returns: the number of workgroups, and the loop iterations of an invocation.
  mutating func contraction(
    _ fusionGroup: FusionGroup, _ buffers: [FusedKernel.Buffer], name: String, _ tile: MatrixTile
  ) -> (groups: Int, iterations: Int) {
    guard let product = fusionGroup.contraction, let matrices = MatrixProduct(product.kernel) else {
      preconditionFailure("\(fusionGroup.composition) multiplies no matrices")
    }
    let type = fusionGroup.results[0].dtype
    var parts = PartText(fusionGroup, buffers, prefix: name)
    let depthParts = product.kernel.depthPartCount
    let first = depthParts == nil ? "i" : "\(name)first + i"
    if depthParts != nil { add("uint \(name)first = 0u;") }
    add("void \(name)store(uint i, \(type.registerName) v0) {")
    parts.store(0, at: first, into: &self)
    for part in fusionGroup.parts.indices.dropFirst() {
      parts.compute(part, at: "i", into: &self)
      parts.store(part, at: "i", into: &self)
    }
    add("}")
    let operands = product.inputs.map { parts.load($0, at: "i") }
    let tiling =
      switch matrices {
      case .matmul(let kernel): matmul(kernel, operands, type, name: name, tile)
      case .convolution(let kernel): convolution(kernel, operands, type, name: name, tile)
      }
    let depth = constant(tiling.depth)
    let iterations = matrices.iterations(parts: depthParts ?? 1, tile)
    guard let depthParts else {
      add("void \(name)(uint group) { \(name)product(\(tiling.place("group")), 0u, \(depth)); }")
      return (tiling.count, iterations)
    }
    let step = constant(matrices.depthStep(parts: depthParts))
    let (tiles, count) = (
      constant(tiling.count), constant(matrices.extents.result)
    )
    add("void \(name)(uint group) {")
    add("  uint part = group / \(tiles), firstDepth = min(part * \(step), \(depth));")
    add("  \(name)first = part * \(count);")
    add(
      "  \(name)product(\(tiling.place("group % \(tiles)")), firstDepth, min(firstDepth + \(step), \(depth)));"
    )
    add("}")
    return (tiling.count * depthParts, iterations)
  }

  /// The tiling of a product.
  private struct Tiling {
    let count: Int
    let depth: Int
    /// GLSL arguments that locate a tile, given its number.
    let place: (String) -> String
  }

  /// Writes the function that computes a tile of a matrix product.
  private mutating func matmul(
    _ kernel: MatMulKernel, _ operands: [String], _ type: DType, name: String, _ tile: MatrixTile
  ) -> Tiling {
    var macros = [
      ("MATMUL", "\(name)product"), ("STORE(i, value)", "\(name)store(i, value)"),
      ("A_AT(i)", operands[0]), ("B_AT(i)", operands[1]), ("aIsTransposed", "\(kernel.a.isTransposed)"),
      ("bIsTransposed", "\(kernel.b.isTransposed)"),
    ]
    for (word, value) in zip(MatMulKernel.constantNames, kernel.constants) {
      macros.append((word, constant(value)))
    }
    include(
      tile.form == .tiled ? ["tiles.glsl", "matmulTiled.glsl"] : ["rowLoads.glsl", "matmulDirect.glsl"],
      defining: macros + self.macros(of: tile, type, name: name))
    let tiles = MatrixProduct.matmul(kernel).tiles(of: tile)
    let columns = constant(tiles.across)
    return Tiling(count: tiles.down * tiles.across, depth: kernel.k) {
      "(\($0)) / \(columns), (\($0)) % \(columns)"
    }
  }

  /// Writes the function that computes a tile of a convolution.
  private mutating func convolution(
    _ kernel: ConvolutionKernel, _ operands: [String], _ type: DType, name: String, _ tile: MatrixTile
  ) -> Tiling {
    var macros = [
      ("convolve", "\(name)product"), ("STORE(i, value)", "\(name)store(i, value)"),
      ("FIRST_AT(i)", operands[0]), ("SECOND_AT(i)", operands[1]), ("PASS", "\(kernel.passNumber)"),
    ]
    for (word, value) in zip(ConvolutionKernel.constantNames, kernel.constants) {
      macros.append((word, constant(value)))
    }
    include(
      ["convolution.glsl"]
        + (tile.form == .tiled
          ? ["tiles.glsl", "convolutionTiled.glsl"] : ["rowLoads.glsl", "convolutionDirect.glsl"]),
      defining: macros + self.macros(of: tile, type, name: name))
    let product = MatrixProduct.convolution(kernel)
    let tiles = product.tiles(of: tile)
    let (rows, groups) = (constant(tiles.down), constant(kernel.groups))
    return Tiling(count: tiles.down * tiles.across * product.count, depth: product.matrix.depth) {
      "(\($0)) / \(rows) % \(groups), (\($0)) % \(rows), (\($0)) / \(rows) / \(groups)"
    }
  }

  private func macros(of tile: MatrixTile, _ type: DType, name: String) -> [(name: String, text: String)] {
    tile.macros + [("REAL", type.registerName)]
      + (tile.form == .tiled
        ? ["LEFT", "RIGHT", "PRODUCT"].map { ($0, "\(name)\($0.lowercased())Tile") } : [])
  }
}

extension Kernel {
  /// The number of split-K parts of a product; nil for no split.
  fileprivate var depthPartCount: Int? { if case .depthParts(_, let count) = self { count } else { nil } }
}
