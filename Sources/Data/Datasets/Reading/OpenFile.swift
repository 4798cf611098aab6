import Glibc

/// A file descriptor, closed with its last reference.
///
/// Concurrent reads at explicit offsets are safe (`read(into:at:)`).
final class OpenFile: Sendable {
  let descriptor: CInt
  let path: String

  /// Opens a regular file for reading.
  ///
  /// - Throws: `DatasetError`: `.missing` if it does not exist, `.unusable` if it is no file or not
  ///   readable.
  convenience init(reading path: String) throws(DatasetError) { try self.init(reading: FilePath(path)) }

  /// The same for a path that may not be valid text.
  convenience init(reading file: FilePath) throws(DatasetError) {
    let path = "\(file)"
    // Non-blocking, because opening a named pipe would wait for a writer.
    let descriptor = file.withCString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else {
      let code = errno
      throw code == ENOENT || code == ENOTDIR
        ? DatasetError(.missing, path: path, "there is no such file")
        : DatasetError(.unusable, path: path, "the file cannot be opened: \(reason(code))")
    }
    self.init(owning: descriptor, path: path)
    var info = stat()
    guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
      throw DatasetError(.unusable, path: path, "this is a folder or a device, not a file")
    }
  }

  /// Takes ownership of an open descriptor.
  init(owning descriptor: CInt, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  deinit { close(descriptor) }

  /// The size of the file.
  func size() throws(DatasetError) -> Int {
    var info = stat()
    guard fstat(descriptor, &info) == 0 else {
      throw DatasetError(.unusable, path: path, "the file's size cannot be read: \(reason(errno))")
    }
    return Int(info.st_size)
  }

  /// Fills some of the buffer, and returns the number of bytes: 0 only at the end of the file.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
    while true {
      let got = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if got >= 0 { return got }
      guard errno == EINTR else {
        throw DatasetError(.unusable, path: path, "the file cannot be read: \(reason(errno))")
      }
    }
  }

  /// Fills the buffer from an offset in the file, and returns the number of bytes: fewer only at the end of
  /// the file.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(DatasetError) -> Int {
    var filled = 0
    while filled < buffer.count {
      let got = pread(
        descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled, offset + filled)
      if got == 0 { break }
      if got > 0 {
        filled += got
      } else if errno != EINTR {
        throw DatasetError(.unusable, path: path, "the file cannot be read: \(reason(errno))")
      }
    }
    return filled
  }

  /// Writes all of the buffer.
  ///
  /// - Throws: `DatasetError` (`.cannotWrite`), for example if the disk is full.
  func write(_ buffer: UnsafeRawBufferPointer) throws(DatasetError) {
    var rest = buffer
    while !rest.isEmpty {
      let put = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if put >= 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest[put...])
      } else if errno != EINTR {
        throw DatasetError(.cannotWrite, path: path, "the file cannot be written: \(reason(errno))")
      }
    }
  }
}

/// The system's text for an `errno`, such as "No space left on device".
func reason(_ code: CInt) -> String {
  guard let text = strerror(code) else { return "error \(code)" }
  return String(cString: text)
}
