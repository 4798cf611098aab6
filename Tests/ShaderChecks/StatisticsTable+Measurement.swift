import VulkanBackend
import VulkanDevice

extension StatisticsTable {
  package enum Failure: Error, CustomStringConvertible {
    case noDevice(Architecture)
    case noStatistic(String, driver: String)

    package var description: String {
      switch self {
      case .noDevice(let architecture):
        "RADV offers no device without hardware for \(architecture.rawValue): set RADV_FORCE_FAMILY before the driver is loaded"
      case .noStatistic(let name, let driver):
        "\(driver) does not count '\(name)': the columns of shader-statistics are those of Mesa 22.3"
      }
    }
  }

  /// Has the driver of this process, told by `RADV_FORCE_FAMILY`, compile every kernel that cards run.
  package init(measuring architecture: Architecture) throws {
    let instance = try Instance()
    guard let physical = instance.devices.first(where: { $0.name.hasPrefix("Null hardware") }) else {
      throw Failure.noDevice(architecture)
    }
    let inspector = try PipelineInspector(physical, of: instance)
    let driver = "\(physical.driverName), \(physical.driverVersion)"
    var rows: [Row] = []
    var groups: [String: (count: Int, sum: Row)] = [:]
    for entry in try KernelCatalog.entries(forCards: true) {
      let row = try Row(entry, inspector, driver: driver)
      if entry.variant.isGenerated, row.scratch == 0, row.spills == 0 {
        // An operation by itself takes next to nothing, and a new one should not change the table.
        if entry.group == KernelCatalog.opTable { continue }
        let group = "\(entry.group): \(entry.variant.kernel)"
        groups[group] = groups[group].map { ($0.count + 1, $0.sum + row) } ?? (1, row)
      } else {
        rows.append(row)
      }
    }
    for (group, (count, var sum)) in groups {
      sum.kernel = "\(group), \(count) generated"
      rows.append(sum)
    }
    rows.sort { $0.kernel < $1.kernel }
    self.init(architecture: architecture.rawValue, driver: driver, rows: rows)
  }
}

extension StatisticsTable.Row {
  fileprivate init(_ entry: KernelCatalog.Entry, _ inspector: PipelineInspector, driver: String) throws {
    let variant = entry.variant
    let statistics = try inspector.statistics(
      spirv: variant.code.spirv, bufferCount: variant.bufferCount,
      pushConstantByteCount: variant.pushConstantByteCount, specialization: variant.code.specialization,
      label: entry.name)
    func count(_ name: String) throws -> Int {
      guard let value = statistics[name] else {
        throw StatisticsTable.Failure.noStatistic(name, driver: driver)
      }
      return Int(value)
    }
    self.init(
      registers: try count("VGPRs"), spills: try count("Spilled SGPRs") + count("Spilled VGPRs"),
      scratch: try count("Scratch size"), shared: try count("LDS size"),
      instructions: try count("Instructions"), kernel: entry.name)
  }

  /// Of several kernels together: the most of what each invocation or workgroup takes, and all instructions.
  fileprivate static func + (a: Self, b: Self) -> Self {
    Self(
      registers: max(a.registers, b.registers), spills: a.spills + b.spills,
      scratch: max(a.scratch, b.scratch),
      shared: max(a.shared, b.shared), instructions: a.instructions + b.instructions, kernel: a.kernel)
  }
}
