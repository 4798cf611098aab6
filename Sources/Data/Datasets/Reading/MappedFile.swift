import Glibc
import Tensors

/// A file's bytes as memory, which the system reads when somebody looks at them.
///
/// Copies of a part are read from the file instead: pages that were looked at count as memory of this process. A file
/// that is cut short meanwhile ends the process, as there is nothing to go on with.
final class MappedFile: BytesOwner {
  private let file: OpenFile
  nonisolated(unsafe) let region: UnsafeRawBufferPointer
  var isFile: Bool { true }

  /// Files of fewer bytes are read at once.
  static let least = 16 << 20

  /// - Throws: `DatasetError` (`.unusable`) where the system refuses it.
  init(_ file: OpenFile) throws(DatasetError) {
    let size = try file.size()
    let memory = mmap(nil, size, PROT_READ, MAP_PRIVATE, file.descriptor, 0)
    guard let memory, memory != MAP_FAILED else {
      throw DatasetError(.unusable, path: file.path, "the file cannot be mapped to memory: \(reason(errno))")
    }
    self.file = file
    region = UnsafeRawBufferPointer(start: memory, count: size)
  }

  func copy(from first: Int, to target: UnsafeMutableRawBufferPointer) {
    let got = try? file.read(into: target, at: first)
    guard got == target.count else {
      fatalError("\(file.path) cannot be read any more, or was cut short while it was in use")
    }
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: region.baseAddress), region.count) }
}
