/// A file on the disk, or within a zip archive.
struct StoredFile: Sendable {
  /// On the disk its path; otherwise what errors call it.
  let path: FilePath
  private let archived: (archive: ZipArchive, entry: ZipArchive.Entry)?

  init(path: FilePath) { (self.path, archived) = (path, nil) }

  init(path: FilePath, in archive: ZipArchive, _ entry: ZipArchive.Entry) {
    (self.path, archived) = (path, (archive, entry))
  }

  /// All its bytes.
  ///
  /// - Throws: `DatasetError`: `.missing` when there is no such file, `.unusable` when it cannot be read, or has more than `most`.
  func bytes(upTo most: Int) throws(DatasetError) -> [UInt8] {
    if let archived { return try archived.archive.bytes(of: archived.entry, upTo: most) }
    return try OpenFile(reading: path).bytes(upTo: most)
  }

  /// Its first bytes.
  func head(_ count: Int) throws(DatasetError) -> [UInt8] {
    if let archived { return try archived.archive.head(of: archived.entry, count: count) }
    let file = try OpenFile(reading: path)
    var failure: DatasetError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(DatasetError) {
        filled = try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// What is in it, if it is a zip archive.
  func archive() throws(DatasetError) -> ZipArchive {
    guard let archived else { return try ZipArchive(path: path) }
    return try ZipArchive(archived.archive.bytes(of: archived.entry, upTo: .max), path: "\(path)")
  }

  /// From front to back, gzip undone.
  func stream() throws(DatasetError) -> ByteStream {
    guard let archived else { return try ByteStream(path: path) }
    return try ByteStream(archived.archive.contents(of: archived.entry), path: "\(path)")
  }
}
