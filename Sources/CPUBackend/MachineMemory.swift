import Files

/// The memory of the machine, or as much of it as the process's control group may use.
enum MachineMemory {
  /// Bytes; nil where the system does not say.
  static let byteCount: Int? = PhysicalMemory.byteCount.map {
    // Without a limit, version 1 says a number that no machine reaches.
    min($0, ControlGroups().memoryByteCount ?? .max)
  }
}
