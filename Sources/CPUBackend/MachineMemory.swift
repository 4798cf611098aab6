import Glibc

/// The memory of the machine, or as much of it as the process's control group may use.
enum MachineMemory {
  /// Bytes; nil where the system does not say.
  static let byteCount: Int? = {
    let (pages, size) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
    guard pages > 0, size > 0 else { return nil }
    // Without a limit, version 1 says a number that no machine reaches.
    return min(pages * size, ControlGroups().memoryByteCount ?? .max)
  }()
}
