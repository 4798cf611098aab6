import Glibc

/// A partial download: locked while a fetch writes it, kept when the fetch is interrupted.
final class PartFile {
  let path: String
  private(set) var size: Int
  private let file: OpenFile

  /// Opens the rest of an earlier fetch, or creates an empty file.
  ///
  /// - Throws: `DatasetError` (`.cannotWrite`), also if another fetch has it locked.
  init(path: String) throws(DatasetError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o666)
    guard descriptor >= 0 else {
      throw DatasetError(.cannotWrite, path: path, "the file cannot be made: \(reason(errno))")
    }
    self.path = path
    file = OpenFile(owning: descriptor, path: path)
    var opened = stat()
    var named = stat()
    // The other fetch may have finished between open and lock: then the name refers to another file.
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, fstat(descriptor, &opened) == 0,
      lstat(path, &named) == 0, opened.st_ino == named.st_ino
    else {
      throw DatasetError(.cannotWrite, path: path, "another fetch is writing this file: wait for it")
    }
    guard opened.st_mode & S_IFMT == S_IFREG else {
      throw DatasetError(.cannotWrite, path: path, "this is in the way: move it elsewhere")
    }
    size = Int(opened.st_size)
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(DatasetError) {
    try file.write(bytes)
    size += bytes.count
  }

  /// Discards the content.
  func truncate() throws(DatasetError) {
    guard ftruncate(file.descriptor, 0) == 0 else {
      throw DatasetError(.cannotWrite, path: path, "the file cannot be emptied: \(reason(errno))")
    }
    size = 0
  }

  /// Removes the file if it is empty.
  func removeIfEmpty() {
    if size == 0 { unlink(path) }
  }

  /// Renames the file to its final name, after syncing it.
  func moveIntoPlace(_ place: String, in folder: Folder) throws(DatasetError) {
    guard fsync(file.descriptor) == 0 else {
      throw DatasetError(.cannotWrite, path: path, "the file cannot be written: \(reason(errno))")
    }
    guard Folder.kind(of: place) == nil else {
      throw DatasetError(.cannotWrite, path: place, "a file of that name has come up meanwhile: move it away")
    }
    guard rename(path, place) == 0 else {
      throw DatasetError(.cannotWrite, path: place, "the file cannot be put in its place: \(reason(errno))")
    }
    folder.sync()
  }
}
