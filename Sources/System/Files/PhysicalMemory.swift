import Glibc

/// The memory of the machine.
package enum PhysicalMemory {
  /// Bytes; nil if unknown.
  package static let byteCount: Int? = {
    let (pages, size) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
    return pages > 0 && size > 0 ? pages * size : nil
  }()
}
