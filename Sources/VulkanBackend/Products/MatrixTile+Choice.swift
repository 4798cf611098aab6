extension DeviceTraits {
  /// The tile to make a product with: the one that was found fastest, or else the usual one.
  func tile(for product: MatrixProduct, isFloat64: Bool) -> MatrixTile {
    let form = MatrixForm(isFloat64: isFloat64, on: self)
    if let tile = tiles[product, form] { return tile }
    return MatrixTile.usual(form, for: product, registers: registers)
  }
}

extension MatrixTile {
  /// What suits a product of this size without having been tried.
  fileprivate static func usual(_ form: MatrixForm, for product: MatrixProduct, registers: Int) -> MatrixTile
  {
    let (rows, columns, _) = product.matrix
    switch (form, product) {
    // More would not fit into the registers.
    case (.directFloat64, .convolution): return .direct(4, registers < 128 ? 2 : 4, form)
    case (.directFloat64, .matmul): return .direct(8, 4, form)
    // A processor that speaks Vulkan loads an element in the time of many products: as few loads as there can be. But it
    // compiles a large tile for longer than a small product takes.
    case (.direct, _), (.subgroup, _):
      guard product.work >= 1 << 20 else { return .direct(8, columns <= 16 ? 2 : 4, form) }
      return .direct(rows <= 8 ? 8 : 16, [2, 4].first { columns <= 8 * $0 } ?? 8, form)
    case (.tiled, _):
      // Large tiles load less, where there are enough of them to keep a card busy, and registers for twice their results.
      let large = tiled(8, registers < 128 ? 4 : 8, lanes: 16, 16)
      let tiles = product.tiles(of: large)
      return tiles.down * tiles.across * product.count >= 256 ? large : tiled(4, 4, lanes: 16, 16)
    }
  }
}
