import VulkanDevice

/// What drivers call the numbers of a table, in Mesa.
struct DriverStatistics {
  /// Vector registers of an invocation.
  let registers: [String]
  /// All that is moved between registers and memory for want of registers.
  let spills: [String]
  let scratch: [String]
  /// None where the driver does not tell.
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
  /// Qualcomm: spills are what private memory is written and read for.
  static let turnip = DriverStatistics(
    registers: ["Registers used"], spills: ["STP Count", "LDP Count"], scratch: [], shared: [],
    instructions: ["Instruction Count"])

  /// Nil for a driver that is not known.
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
