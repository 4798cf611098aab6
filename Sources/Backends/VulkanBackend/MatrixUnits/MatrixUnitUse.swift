import Execution
import Programs
import Shaders
import Tensors
import VulkanDevice

/// The use of the device's matrix units by a backend.
package enum MatrixUnitUse {
  /// In the precisions checked to agree with ordinary arithmetic on this device.
  case checked
  /// Also unchecked and for small products, for the self-test.
  case unchecked
  /// Emulated by shaders with ordinary arithmetic, for tests.
  case emulated(EmulatedUnits)
  case off
}

extension MatrixUnitUse {
  var areChecked: Bool {
    switch self {
    case .checked, .off: true
    case .unchecked: false
    case .emulated(let emulated): emulated.isChecked
    }
  }

  /// Modules that replace shaders, by name.
  var modules: [String: [UInt32]] {
    if case .emulated(let emulated) = self { emulated.modules } else { [:] }
  }

  /// The units to use, without precisions that have a kernel in quarantine.
  func units(of device: PhysicalDevice, quarantined: Set<String>) -> CooperativeUnits? {
    var units: CooperativeUnits? =
      switch self {
      case .off: nil
      case .checked, .unchecked: CooperativeUnits(device)
      case .emulated(let emulated): emulated.units
      }
    if case .unchecked = self { units?.uses.leastFlops = 0 }
    units?.uses.precisions.formIntersection(
      Precision.allCases.filter { precision in
        Shader.cooperative(precision).allSatisfy { !quarantined.contains($0.name) }
      })
    return units
  }
}

/// Shaders that emulate matrix units, on a device without them.
package struct EmulatedUnits {
  /// The replacement modules, by shader name.
  package let modules: [String: [UInt32]]

  /// The emulated subgroup size.
  package let subgroupSize: Int
  package let rows, columns, depth: Int

  /// The least number of operations of products that use them.
  package let leastFlops: Int

  /// The least number of large tiles for which large tiles are used.
  package let leastLargeTiles: Int

  /// True if results are first compared with ordinary arithmetic.
  package let isChecked: Bool

  package init(
    modules: [String: [UInt32]], subgroupSize: Int, rows: Int, columns: Int, depth: Int,
    leastFlops: Int = 0, leastLargeTiles: Int = 128, isChecked: Bool = false
  ) {
    (self.modules, self.subgroupSize) = (modules, subgroupSize)
    (self.rows, self.columns, self.depth) = (rows, columns, depth)
    (self.leastFlops, self.leastLargeTiles, self.isChecked) = (leastFlops, leastLargeTiles, isChecked)
  }

  var units: CooperativeUnits {
    let unit = CooperativeUnits.Unit(rows: rows, columns: columns, depth: depth)
    var units = CooperativeUnits(
      subgroupSize: subgroupSize, sharedByteCount: 32_768,
      units: [.float16: unit, .bfloat16: unit, .tf32: unit], leastFlops: leastFlops)
    // Accumulators of emulated units are arrays in memory, so registers are no limit.
    (units.leastLargeTiles, units.registers) = (leastLargeTiles, .max / 20)
    return units
  }
}
