import VulkanDevice

/// The names of a driver's pipeline statistics, in Mesa.
struct DriverStatistics {
  /// Vector registers per invocation.
  let registers: [String]
  /// Register spills and fills.
  let spills: [String]
  let scratch: [String]
  /// Empty if the driver does not report it.
  let shared: [String]
  let instructions: [String]

  /// AMD.
  static let radv = DriverStatistics(
    registers: ["VGPRs"], spills: ["Spilled SGPRs", "Spilled VGPRs"], scratch: ["Scratch size"],
    shared: ["LDS size"], instructions: ["Instructions"])
  /// Intel.
  static let anv = DriverStatistics(
    registers: ["Max live registers"], spills: ["Spills", "Fills"], scratch: ["Scratch Memory Size"],
    shared: ["Workgroup Memory Size"], instructions: ["Instructions"])
  /// NVIDIA.
  static let nvk = DriverStatistics(
    registers: ["Number of GPRs"], spills: ["Spills to memory", "Fills from memory"], scratch: ["SLM size"],
    shared: [], instructions: ["Instruction count"])
  /// Qualcomm: spills are the loads and stores of private memory.
  static let turnip = DriverStatistics(
    registers: ["Registers used"], spills: ["STP Count", "LDP Count"], scratch: [], shared: [],
    instructions: ["Instruction Count"])

  /// Nil for an unknown driver.
  init?(of device: PhysicalDevice) {
    switch device.driverName {
    case "radv": self = .radv
    case "Intel open-source Mesa driver": self = .anv
    case "NVK": self = .nvk
    case "turnip Mesa driver": self = .turnip
    default: return nil
    }
  }

  private init(
    registers: [String], spills: [String], scratch: [String], shared: [String], instructions: [String]
  ) {
    (self.registers, self.spills, self.scratch) = (registers, spills, scratch)
    (self.shared, self.instructions) = (shared, instructions)
  }
}
