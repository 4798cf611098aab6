import Glibc

/// Atomic, durable file writes.
package enum DurableFile {
  /// Writes parts to a temporary file beside `path`, syncs it, and renames it to `path`.
  ///
  /// A crash at any moment leaves either the old or the new file.
  ///
  /// - Parameters:
  ///   - temporaryName: the suffix of the temporary file, before `.tmp`; must be unique if several threads
  ///     may write one file concurrently.
  ///   - isSynced: false if a file truncated by a crash of the machine does no harm.
  package static func write(
    _ parts: [[UInt8]], to path: String, temporaryName: String = "\(getpid())", isSynced: Bool = true
  ) throws(FileError) {
    let temporary = "\(path).\(temporaryName).tmp"
    let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw failure("cannot be written", path) }
    do throws(FileError) {
      for part in parts { try append(part, to: file, path) }
      guard !isSynced || fsync(file) == 0 else { throw failure("cannot be written", path) }
    } catch {
      close(file)
      unlink(temporary)
      throw error
    }
    guard close(file) == 0, rename(temporary, path) == 0 else {
      let error = failure("cannot be written", path)
      unlink(temporary)
      throw error
    }
    if isSynced { syncFolder(of: path) }
  }

  private static func append(_ bytes: [UInt8], to file: Int32, _ path: String) throws(FileError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(file, $0.baseAddress.map { $0 + written }, bytes.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure("cannot be written", path) }
      written += count
    }
  }

  /// Syncs the folder of a path, which makes a rename or a new folder durable.
  ///
  /// Some file systems refuse to sync folders; the rename stands anyway.
  package static func syncFolder(of path: String) {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard handle >= 0 else { return }
    fsync(handle)
    close(handle)
  }

  /// Reads a file of unknown size, such as those of `/proc`; at most 64 KiB.
  package static func readStream(_ path: String) throws(FileError) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      throw FileError(.missing, path: path, "cannot be opened: \(String(cString: strerror(errno)))")
    }
    defer { close(file) }
    return [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
      count = max(0, Glibc.read(file, buffer.baseAddress, buffer.count))
    }
  }

  /// Reads a whole file.
  package static func read(_ path: String) throws(FileError) -> [UInt8] {
    let file = try RegularFile(path)
    return try file.bytes(in: 0..<file.byteCount)
  }

  private static func failure(_ what: String, _ path: String) -> FileError {
    FileError(.cannotWrite, path: path, "\(what): \(String(cString: strerror(errno)))")
  }
}
