import Files

/// The memory of the machine, or the limit of the process's control group if that is less.
enum MachineMemory {
  /// Bytes; nil if unknown.
  static let byteCount: Int? = PhysicalMemory.byteCount.map {
    // Version 1 reports a huge number for no limit.
    min($0, ControlGroups().memoryByteCount ?? .max)
  }
}
