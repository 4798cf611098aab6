import Programs
import Shaders
import Tensors
import VulkanDevice

/// How kernels use a device's matrix units (cooperative matrices).
struct CooperativeUnits: Hashable {
  /// What one subgroup multiplies at once: `[rows, depth]` by `[depth, columns]`.
  struct Unit: Hashable {
    let rows, columns, depth: Int
  }

  /// Invocations of a subgroup; four subgroups make a tile.
  let subgroupSize: Int

  /// What workgroups may share, in bytes.
  let sharedByteCount: Int

  /// For each format that operands are rounded to, the unit that multiplies it.
  private(set) var units: [Precision: Unit]

  /// What is multiplied by them: none of another format.
  var uses: MatrixUnits

  /// The 32-bit values that an invocation holds in registers.
  var registers = 256

  /// Whether shaders ask for subgroups of the size: else they are of the device's.
  var asksForSubgroups = false

  /// How many large tiles there must be for workgroups to make large tiles; an estimate of what keeps a card busy.
  var leastLargeTiles = 128

  init(subgroupSize: Int, sharedByteCount: Int, units: [Precision: Unit], leastFlops: Int? = nil) {
    (self.subgroupSize, self.sharedByteCount, self.units) = (subgroupSize, sharedByteCount, units)
    uses = MatrixUnits(precisions: Set(units.keys))
    if let leastFlops { uses.leastFlops = leastFlops }
  }

  /// What a device offers; nil where the kernels cannot use it.
  init?(_ device: PhysicalDevice) {
    // Intel's units belong to the narrowest subgroups, while the device says that it has wide ones.
    let narrow = device.vendorID == PhysicalDevice.intel ? device.limits.subgroupSizes?.least : nil
    let size = narrow ?? device.limits.subgroupSize
    // Each invocation fetches whole pairs of a tile.
    guard (8...128).contains(size), size & (size - 1) == 0,
      4 * size <= device.limits.maxComputeWorkGroupInvocations,
      4 * size <= device.limits.maxComputeWorkGroupSize
    else { return nil }
    var units: [Precision: Unit] = [:]
    for precision in Precision.allCases {
      guard let format = precision.unitFormat else { continue }
      let suitable = device.cooperativeMatrices.filter {
        $0.element == format.element && format.divides($0)
      }
      // 16×16×16 is what most drivers are tuned for; else the most at once.
      let best =
        suitable.first { $0.m == 16 && $0.n == 16 && $0.k == 16 }
        ?? suitable.max { $0.m * $0.n * $0.k < $1.m * $1.n * $1.k }
      units[precision] = best.map { Unit(rows: $0.m, columns: $0.n, depth: $0.k) }
    }
    self.init(subgroupSize: size, sharedByteCount: device.limits.maxComputeSharedMemory, units: units)
    registers = RegisterFile.count(of: device, subgroupSize: size)
    asksForSubgroups =
      device.limits.subgroupSizes.map { ($0.least...$0.greatest).contains(size) } ?? false
    self.units = units.filter { tile(rows: 0, columns: 0, $0.key) != nil }
    uses.precisions = Set(self.units.keys)
    if self.units.isEmpty { return nil }
  }

  /// What a workgroup makes at a time: square tiles of results, from so much of the depth of both matrices.
  struct Tile: Hashable {
    let side, depth: Int
  }

  /// The tiles that workgroups make of some results: large where there are enough of them; nil where not even a small one fits into
  /// shared memory and registers.
  func tile(rows: Int, columns: Int, _ precision: Precision) -> Tile? {
    guard let format = precision.unitFormat else { return nil }
    let isLarge = rows >= 128 && columns >= 128 && rows / 128 * (columns / 128) >= leastLargeTiles
    return (isLarge ? [128, 64, 32] : [64, 32]).lazy
      .flatMap { side in format.depths.map { Tile(side: side, depth: $0) } }
      .first { isPossible($0, precision) }
  }

  /// Whether a tile's halves are whole units, each invocation has whole pairs of it to fetch, and there is room for it.
  private func isPossible(_ tile: Tile, _ precision: Precision) -> Bool {
    guard let unit = units[precision], let format = precision.unitFormat else { return false }
    return tile.side / 2 % unit.rows == 0 && tile.side / 2 % unit.columns == 0 && tile.depth % unit.depth == 0
      && tile.side * tile.depth / 2 % (4 * subgroupSize) == 0
      && sharedByteCount(tile, unit, format) <= sharedByteCount
      // The rest is for addresses; with more, drivers of Intel's and NVIDIA's cards spill.
      && 20 * registers(tile, unit, format) <= 9 * registers
  }

  /// What a workgroup shares: tiles in one or two planes, their rows 16 bytes longer than the depth; results; tables of places.
  private func sharedByteCount(_ tile: Tile, _ unit: Unit, _ format: UnitFormat) -> Int {
    let tiles = 2 * tile.side * (2 * tile.depth + 16) * format.planes
    return tiles + 16 * unit.rows * unit.columns + (tile.side + tile.depth) * (4 + 16)
  }

  /// What an invocation keeps: sums, numbers that were fetched for the next step, and the units' operands.
  private func registers(_ tile: Tile, _ unit: Unit, _ format: UnitFormat) -> Int {
    let sums = tile.side * tile.side / 4
    let fetched = tile.side * tile.depth / 2
    let operands = format.planes * unit.depth * (unit.rows + tile.side / 2) / 2
    return (sums + fetched + operands) / subgroupSize
  }
}

/// How a precision's operands lie in the shared tiles, as `cooperativeTiles.glsl` has it.
struct UnitFormat {
  let element: CooperativeMatrix.Element

  /// Numbers of the format that make one operand.
  let planes: Int

  /// That tiles may have, the best first: two planes take twice the room.
  var depths: [Int] { planes == 1 ? [32, 16] : [16] }

  /// Whether some tile consists of whole units, a half for each subgroup.
  func divides(_ matrix: CooperativeMatrix) -> Bool {
    matrix.m > 0 && matrix.n > 0 && matrix.k > 1 && 32 % matrix.m == 0 && 32 % matrix.n == 0
      && depths[0] % matrix.k == 0 && matrix.k % 2 == 0
  }
}

extension Precision {
  /// Nil for formats that no unit multiplies.
  ///
  /// A number of tf32 has 11 digits and is the sum of two of bfloat16, which have 8 each and the same range.
  var unitFormat: UnitFormat? {
    switch self {
    case .float32: nil
    case .float16: UnitFormat(element: .float16, planes: 1)
    case .bfloat16: UnitFormat(element: .bfloat16, planes: 1)
    case .tf32: UnitFormat(element: .bfloat16, planes: 2)
    }
  }
}
