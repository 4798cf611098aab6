import Programs

/// How a kernel that multiplies matrices is written: the forms that `matmul` and the convolutions come in.
enum MatrixForm: String, Hashable {
  /// Without shared memory, for processors.
  case direct
  /// The same for processors whose subgroups have 8 invocations: these load what all need once, for all.
  case subgroup
  /// The same on every device: in float64 networks are checked, not trained, and tiles would not pay.
  case directFloat64
  /// For graphics cards.
  case tiled

  init(isFloat64: Bool, on device: DeviceTraits) {
    self =
      isFloat64
      ? .directFloat64 : !device.isSoftware ? .tiled : device.hasSubgroupsOf8 ? .subgroup : .direct
  }
}

/// What a workgroup makes of a product of matrices: so many rows and columns of results by each invocation, which lie in a
/// grid.
///
/// Every tile of a form adds up the products of an element in the same order: it decides how fast results come, not which.
struct MatrixTile: Hashable {
  let form: MatrixForm

  /// Results of an invocation; multiples of 4 in the tiled form, and of 8 rows in the subgroups' form.
  let rowsEach: Int
  let columnsEach: Int

  /// Invocations of a workgroup; 1×8 in the direct forms.
  let lanesDown: Int
  let lanesAcross: Int

  /// A tile of one of the forms without shared memory.
  static func direct(_ rows: Int, _ columns: Int, _ form: MatrixForm) -> MatrixTile {
    MatrixTile(form: form, rowsEach: rows, columnsEach: columns, lanesDown: 1, lanesAcross: 8)
  }

  static func tiled(_ rows: Int, _ columns: Int, lanes down: Int, _ across: Int) -> MatrixTile {
    MatrixTile(form: .tiled, rowsEach: rows, columnsEach: columns, lanesDown: down, lanesAcross: across)
  }

  var rows: Int { rowsEach * lanesDown }
  var columns: Int { columnsEach * lanesAcross }
  var groupSize: Int { lanesDown * lanesAcross }

  /// Elements of each row and column that are in shared memory at a time, in the tiled form.
  static let depth = 16

  /// What shaders that are written for it define.
  var macros: [(name: String, text: String)] {
    let each = [("ROWS", "\(rowsEach)u"), ("COLUMNS", "\(columnsEach)u")]
    switch form {
    case .direct, .directFloat64: return each
    case .subgroup: return each + [("SUBGROUP", "1")]
    case .tiled: return each + [("LANES_DOWN", "\(lanesDown)u"), ("LANES_ACROSS", "\(lanesAcross)u")]
    }
  }

  /// The specialization constants of a shader that is dispatched alone; those without shared memory have the first two.
  var specialization: [UInt32] {
    [rowsEach, columnsEach, lanesDown, lanesAcross, groupSize].map { UInt32($0) }
  }
}
