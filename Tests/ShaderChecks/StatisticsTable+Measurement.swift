import VulkanBackend
import VulkanDevice

extension StatisticsTable {
  package enum Failure: Error, CustomStringConvertible {
    case noDevice(String)
    case unknownDriver(of: String)
    case noStatistic(String, driver: String)

    package var description: String {
      switch self {
      case .noDevice(let name):
        "no driver offers a device for \(name): name the driver in VK_DRIVER_FILES and, for RADV, the card in RADV_FORCE_FAMILY"
      case .unknownDriver(let device):
        "what the driver of \(device) calls its statistics is not known; the drivers of Mesa for AMD, Intel, NVIDIA and Qualcomm are"
      case .noStatistic(let name, let driver): "\(driver) does not count '\(name)'"
      }
    }
  }

  /// Compiles every kernel that a GPU would run with the first driver found.
  ///
  /// - Parameter name: the name of the GPU.
  package init(measuring name: String) throws {
    let instance = try Instance()
    guard let physical = instance.devices.first(where: { $0.kind != .software }) else {
      throw Failure.noDevice(name)
    }
    guard let names = DriverStatistics(of: physical) else { throw Failure.unknownDriver(of: "\(physical)") }
    let inspector = try PipelineInspector(physical, of: instance)
    let driver = "\(physical.driverName), \(physical.driverVersion)"
    var rows: [Row] = []
    var groups: [String: (count: Int, sum: Row)] = [:]
    for entry in try KernelCatalog.entries(of: KernelLister(for: physical)) {
      guard let row = try Row(entry, inspector, names, driver: driver) else {
        rows.append(.failed(entry.tableName))
        continue
      }
      if entry.variant.isGenerated, row.scratch == 0, row.spills == 0 {
        // An unfused operation uses next to nothing, and a new one should not change the table.
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
    self.init(architecture: name, driver: driver, rows: rows)
  }
}

extension KernelCatalog.Entry {
  /// Its name, marked if only tuning selects it.
  fileprivate var tableName: String { isDefault ? name : name + StatisticsTable.Row.tuned }
}

extension StatisticsTable.Row {
  /// Nil if the driver fails to compile it.
  fileprivate init?(
    _ entry: KernelCatalog.Entry, _ inspector: PipelineInspector, _ names: DriverStatistics, driver: String
  ) throws {
    let variant = entry.variant
    let start = ContinuousClock.now
    let compiled: PipelineStatistics
    do {
      compiled = try inspector.statistics(
        spirv: variant.code.spirv, bufferCount: variant.bufferCount,
        pushConstantByteCount: variant.pushConstantByteCount, specialization: variant.code.specialization,
        subgroupSize: variant.code.subgroupSize, label: entry.name)
    } catch VulkanError.failed { return nil }
    let milliseconds = (ContinuousClock.now - start) / .milliseconds(1)
    func count(_ names: [String]) throws -> Int {
      try names.reduce(0) { sum, name in
        guard let value = compiled[name] else {
          throw StatisticsTable.Failure.noStatistic(name, driver: driver)
        }
        return sum + Int(value)
      }
    }
    self.init(
      registers: try count(names.registers), spills: try count(names.spills),
      scratch: try count(names.scratch), shared: try count(names.shared),
      instructions: try count(names.instructions), milliseconds: Int(milliseconds.rounded()),
      kernel: entry.tableName)
  }

  /// The combination of several kernels: the maximum of the resources per invocation or workgroup, and the
  /// sum of the instructions.
  fileprivate static func + (a: Self, b: Self) -> Self {
    Self(
      registers: max(a.registers, b.registers), spills: a.spills + b.spills,
      scratch: max(a.scratch, b.scratch), shared: max(a.shared, b.shared),
      instructions: a.instructions + b.instructions, milliseconds: a.milliseconds + b.milliseconds,
      kernel: a.kernel)
  }
}
