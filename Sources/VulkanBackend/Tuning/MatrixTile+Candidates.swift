extension MatrixTile {
  /// The tiles of a form that are worth trying, the likely ones first.
  static func candidates(_ form: MatrixForm) -> [MatrixTile] {
    switch form {
    case .direct:
      return [(16, 8), (8, 8), (16, 16), (8, 4), (4, 8), (16, 4), (8, 2), (16, 2), (8, 16)]
        .map { .direct($0, $1, form) }
    case .subgroup:
      return [
        (16, 8), (32, 4), (16, 16), (32, 8), (8, 8), (16, 4), (64, 4), (8, 4), (16, 2), (8, 2), (64, 2),
      ]
      .map { .direct($0, $1, form) }
    case .directFloat64:
      return []
    case .tiled:
      return [
        .tiled(8, 8, lanes: 16, 16), .tiled(4, 4, lanes: 16, 16), .tiled(4, 4, lanes: 8, 8),
        .tiled(8, 8, lanes: 8, 16), .tiled(8, 8, lanes: 16, 8),
        .tiled(8, 4, lanes: 16, 16), .tiled(4, 8, lanes: 16, 16), .tiled(4, 4, lanes: 8, 16),
        .tiled(4, 4, lanes: 16, 8), .tiled(4, 8, lanes: 8, 8), .tiled(8, 4, lanes: 8, 8),
      ]
    }
  }

  /// Bytes of shared memory that a workgroup takes at most: both tiles, and of a convolution the places of columns and depths.
  var sharedByteCount: Int {
    form == .tiled ? 4 * MatrixTile.depth * (rows + columns + 8) + 16 * (columns + MatrixTile.depth) : 0
  }
}
