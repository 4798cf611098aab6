extension DeviceTraits {
  /// The tile for a product: the fastest found by tuning, else the default.
  func tile(for product: MatrixProduct, isFloat64: Bool) -> MatrixTile {
    let form = MatrixForm(isFloat64: isFloat64, on: self)
    if let tile = tiles[product, form] { return tile }
    return MatrixTile.usual(form, for: product, registers: registers)
  }
}

extension MatrixTile {
  /// The default by the product's size.
  fileprivate static func usual(_ form: MatrixForm, for product: MatrixProduct, registers: Int) -> MatrixTile
  {
    let (rows, columns, _) = product.matrix
    switch (form, product) {
    // Larger tiles would not fit into the registers.
    case (.directFloat64, .convolution): return .direct(4, registers < 128 ? 2 : 4, form)
    case (.directFloat64, .matmul): return .direct(8, 4, form)
    // On a CPU driver a load takes as long as many products, so loads are minimized. But compiling a large
    // tile takes longer than a small product.
    case (.direct, _), (.subgroup, _):
      guard product.work >= 1 << 20 else { return .direct(8, columns <= 16 ? 2 : 4, form) }
      return .direct(rows <= 8 ? 8 : 16, [2, 4].first { columns <= 8 * $0 } ?? 8, form)
    case (.tiled, _):
      // Large tiles load less; used if there are enough to fill a GPU, and registers for twice their results.
      let large = tiled(8, registers < 128 ? 4 : 8, lanes: 16, 16)
      let tiles = product.tiles(of: large)
      return tiles.down * tiles.across * product.count >= 256 ? large : tiled(4, 4, lanes: 16, 16)
    }
  }
}
