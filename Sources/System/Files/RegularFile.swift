import Glibc

/// A file that is open for reading.
package final class RegularFile {
  private let path: String
  private let descriptor: Int32

  /// Its size when it was opened.
  package let byteCount: Int

  package init(_ path: String) throws(FileError) {
    // Without O_NONBLOCK, opening a named pipe blocks until there is a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw FileError(.missing, path: path, "cannot be opened: \(String(cString: strerror(errno)))")
    }
    (self.path, self.descriptor) = (path, descriptor)
    var status = stat()
    let isFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    byteCount = Int(status.st_size)
    guard isFile else { throw FileError(.unusable, path: path, "is not a file") }
    // A sparse file may have any size; exceeding the memory would end the program.
    if let memory = PhysicalMemory.byteCount, byteCount >= memory {
      throw FileError(
        .unusable, path: path, "has \(byteCount) bytes, more than the \(memory) of the machine's memory")
    }
  }

  deinit { close(descriptor) }

  /// Reads a range of bytes.
  ///
  /// - Parameter range: within `0..<byteCount`.
  /// - Throws: `FileError` if the file has been truncated.
  package func bytes(in range: Range<Int>) throws(FileError) -> [UInt8] {
    let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      count = 0
      while count < range.count {
        let more = pread(
          descriptor, buffer.baseAddress.map { $0 + count }, range.count - count, range.lowerBound + count)
        if more < 0, errno == EINTR { continue }
        guard more > 0 else { break }
        count += more
      }
    }
    guard bytes.count == range.count else {
      throw FileError(
        .unusable, path: path, "ends after \(range.lowerBound + bytes.count) of its \(byteCount) bytes")
    }
    return bytes
  }
}
