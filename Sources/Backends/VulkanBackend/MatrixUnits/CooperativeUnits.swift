import Programs
import Shaders
import Tensors
import VulkanDevice

/// The use of a device's matrix units (cooperative matrices).
struct CooperativeUnits: Hashable {
  /// The matrix shape of one subgroup operation: `[rows, depth]` by `[depth, columns]`.
  struct Unit: Hashable {
    let rows, columns, depth: Int
  }

  /// Invocations per subgroup; a workgroup is four subgroups.
  let subgroupSize: Int

  /// Shared memory per workgroup in bytes.
  let sharedByteCount: Int

  /// The unit shape by operand precision.
  private(set) var units: [Precision: Unit]

  /// The products computed on the units.
  var uses: MatrixUnits

  /// The 32-bit registers per invocation.
  var registers = 256

  /// True if shaders require the subgroup size; else it is the device's only one.
  var asksForSubgroups = false

  /// The least number of large tiles for which large tiles are used; an estimate of what fills a GPU.
  var leastLargeTiles = 128

  init(subgroupSize: Int, sharedByteCount: Int, units: [Precision: Unit], leastFlops: Int? = nil) {
    (self.subgroupSize, self.sharedByteCount, self.units) = (subgroupSize, sharedByteCount, units)
    uses = MatrixUnits(precisions: Set(units.keys))
    if let leastFlops { uses.leastFlops = leastFlops }
  }

  /// The units of a device; nil if the kernels cannot use them.
  init?(_ device: PhysicalDevice) {
    // Intel's units need the smallest subgroup size, while the device reports a larger default.
    let narrow = device.vendorID == PhysicalDevice.intel ? device.limits.subgroupSizes?.least : nil
    let size = narrow ?? device.limits.subgroupSize
    // Each invocation loads whole pairs of a tile.
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
      // 16×16×16 is what most drivers are optimized for; else the largest.
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

  /// The tile of a workgroup: side×side results, and the depth per step of both operands.
  struct Tile: Hashable {
    let side, depth: Int
  }

  /// The tile for a product: large if there are enough of them; nil if not even a small one fits into shared
  /// memory and registers.
  func tile(rows: Int, columns: Int, _ precision: Precision) -> Tile? {
    guard let format = precision.unitFormat else { return nil }
    let isLarge = rows >= 128 && columns >= 128 && rows / 128 * (columns / 128) >= leastLargeTiles
    return (isLarge ? [128, 64, 32] : [64, 32]).lazy
      .flatMap { side in format.depths.map { Tile(side: side, depth: $0) } }
      .first { isPossible($0, precision) }
  }

  /// True if half a tile is whole units, each invocation loads whole pairs of it, and it fits.
  private func isPossible(_ tile: Tile, _ precision: Precision) -> Bool {
    guard let unit = units[precision], let format = precision.unitFormat else { return false }
    return tile.side / 2 % unit.rows == 0 && tile.side / 2 % unit.columns == 0 && tile.depth % unit.depth == 0
      && tile.side * tile.depth / 2 % (4 * subgroupSize) == 0
      && sharedByteCount(tile, unit, format) <= sharedByteCount
      // The rest is for addresses; with more, drivers of Intel and NVIDIA GPUs spill.
      && 20 * registers(tile, unit, format) <= 9 * registers
  }

  /// Shared memory of a workgroup: tiles in one or two planes, rows padded by 16 bytes; results; index
  /// tables.
  private func sharedByteCount(_ tile: Tile, _ unit: Unit, _ format: UnitFormat) -> Int {
    let tiles = 2 * tile.side * (2 * tile.depth + 16) * format.planes
    return tiles + 16 * unit.rows * unit.columns + (tile.side + tile.depth) * (4 + 16)
  }

  /// Registers of an invocation: accumulators, values loaded for the next step, and the units' operands.
  private func registers(_ tile: Tile, _ unit: Unit, _ format: UnitFormat) -> Int {
    let sums = tile.side * tile.side / 4
    let fetched = tile.side * tile.depth / 2
    let operands = format.planes * unit.depth * (unit.rows + tile.side / 2) / 2
    return (sums + fetched + operands) / subgroupSize
  }
}

/// The layout of a precision's operands in shared tiles: see `cooperativeTiles.glsl`.
struct UnitFormat {
  let element: CooperativeMatrix.Element

  /// Numbers of the element format that add up to one operand.
  let planes: Int

  /// Possible tile depths, the best first: two planes take twice the memory.
  var depths: [Int] { planes == 1 ? [32, 16] : [16] }

  /// True if some tile consists of whole units, half of it per subgroup.
  func divides(_ matrix: CooperativeMatrix) -> Bool {
    matrix.m > 0 && matrix.n > 0 && matrix.k > 1 && 32 % matrix.m == 0 && 32 % matrix.n == 0
      && depths[0] % matrix.k == 0 && matrix.k % 2 == 0
  }
}

extension Precision {
  /// Nil for precisions that no unit supports.
  ///
  /// A tf32 number has 11 significant bits and is the sum of two bfloat16 numbers of 8 bits each, with the
  /// same range.
  var unitFormat: UnitFormat? {
    switch self {
    case .float32: nil
    case .float16: UnitFormat(element: .float16, planes: 1)
    case .bfloat16: UnitFormat(element: .bfloat16, planes: 1)
    case .tf32: UnitFormat(element: .bfloat16, planes: 2)
    }
  }
}
