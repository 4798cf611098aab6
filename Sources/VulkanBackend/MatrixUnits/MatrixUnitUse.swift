import Programs
import Shaders
import Tensors
import VulkanDevice

/// Whether a backend multiplies by the device's matrix units.
package enum MatrixUnitUse {
  /// In the formats in which they were found to agree with ordinary arithmetic on this device.
  case checked
  /// Also unchecked, and small products too, for the self-test.
  case unchecked
  /// As if the device had units, by shaders that do their work in ordinary arithmetic, for tests.
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

  /// Modules in place of shaders', by their names.
  var modules: [String: [UInt32]] {
    if case .emulated(let emulated) = self { emulated.modules } else { [:] }
  }

  /// The units to use, without the formats in which some kernel is in quarantine.
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

/// Shaders that stand in for those that use matrix units, on a device that has none.
package struct EmulatedUnits {
  /// The modules by the names of the shaders that they replace.
  package let modules: [String: [UInt32]]

  /// What counts as a subgroup.
  package let subgroupSize: Int
  package let rows, columns, depth: Int

  /// Operations from which on products take them.
  package let leastFlops: Int

  /// Large tiles from which on workgroups make large ones.
  package let leastLargeTiles: Int

  /// Whether their results are compared with ordinary arithmetic before they are used.
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
    // Sums of emulated units are arrays, on devices that keep them in memory anyway.
    (units.leastLargeTiles, units.registers) = (leastLargeTiles, .max / 20)
    return units
  }
}
