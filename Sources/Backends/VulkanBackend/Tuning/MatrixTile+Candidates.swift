extension MatrixTile {
  /// The candidate tiles of a form, the most promising first.
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

  /// The maximum shared memory of a workgroup in bytes: both operand tiles, and a convolution's index tables.
  var sharedByteCount: Int {
    form == .tiled ? 4 * MatrixTile.depth * (rows + columns + 8) + 16 * (columns + MatrixTile.depth) : 0
  }
}
