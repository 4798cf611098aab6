/// A file on disk, or within a zip archive.
struct StoredFile: Sendable {
  /// Its path on disk; in an archive, for error messages only.
  let path: FilePath
  private let archived: (archive: ZipArchive, entry: ZipArchive.Entry)?

  init(path: FilePath) { (self.path, archived) = (path, nil) }

  init(path: FilePath, in archive: ZipArchive, _ entry: ZipArchive.Entry) {
    (self.path, archived) = (path, (archive, entry))
  }

  /// Its whole content.
  ///
  /// - Throws: `DatasetError`: `.missing` if there is no such file, `.unusable` if it cannot be read, or
  ///   has more than `most`.
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

  /// Opens it as a zip archive.
  func archive() throws(DatasetError) -> ZipArchive {
    guard let archived else { return try ZipArchive(path: path) }
    return try ZipArchive(archived.archive.bytes(of: archived.entry, upTo: .max), path: "\(path)")
  }

  /// A stream of its content, with gzip decompressed.
  func stream() throws(DatasetError) -> ByteStream {
    guard let archived else { return try ByteStream(path: path) }
    return try ByteStream(archived.archive.contents(of: archived.entry), path: "\(path)")
  }
}
