import Glibc

/// The memory of the machine.
enum MachineMemory {
  /// Bytes; nil where the system does not say.
  static var byteCount: Int? {
    let (pages, size) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
    return pages > 0 && size > 0 ? pages * size : nil
  }
}
