import Programs

/// The form of a matrix product kernel, for `matmul` and the convolutions.
enum MatrixForm: String, Hashable {
  /// Without shared memory, for CPU drivers.
  case direct
  /// The same for CPU drivers with subgroups of 8: operands needed by all are loaded once and broadcast.
  case subgroup
  /// The same on every device, in float64, which serves for checks, not training.
  case directFloat64
  /// Tiled in shared memory, for GPUs.
  case tiled

  init(isFloat64: Bool, on device: DeviceTraits) {
    self =
      isFloat64
      ? .directFloat64 : !device.isSoftware ? .tiled : device.hasSubgroupsOf8 ? .subgroup : .direct
  }
}

/// The tile of a workgroup: a grid of invocations, each with a block of rows and columns in registers
/// (register blocking).
///
/// Every tile of a form sums an element's products in the same order: it affects speed, not results.
struct MatrixTile: Hashable {
  let form: MatrixForm

  /// Results per invocation; multiples of 4 in the tiled form, and of 8 rows in the subgroup form.
  let rowsEach: Int
  let columnsEach: Int

  /// The grid of invocations; 1×8 in the direct forms.
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

  /// The depth of operand tiles in shared memory, in the tiled form.
  static let depth = 16

  /// The macros of generated shaders.
  var macros: [(name: String, text: String)] {
    let each = [("ROWS", "\(rowsEach)u"), ("COLUMNS", "\(columnsEach)u")]
    switch form {
    case .direct, .directFloat64: return each
    case .subgroup: return each + [("SUBGROUP", "1")]
    case .tiled: return each + [("LANES_DOWN", "\(lanesDown)u"), ("LANES_ACROSS", "\(lanesAcross)u")]
    }
  }

  /// The specialization constants of a precompiled shader; those without shared memory have the first two.
  var specialization: [UInt32] {
    [rowsEach, columnsEach, lanesDown, lanesAcross, groupSize].map { UInt32($0) }
  }
}
