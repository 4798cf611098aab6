import Dispatch
import Glibc
import Pictures
import Synchronization
import Wording

/// Reads a picture file as a network's input.
///
/// Scaled so that its shorter side fits, centre-cropped, and converted to grey or colour.
public enum PictureFile {
  /// The maximum size of a file in bytes.
  public static let mostBytes = 1 << 28

  /// True if a file's extension is that of a supported picture format.
  static func isNamed(_ name: String) -> Bool {
    ["png", "jpg", "jpeg", "jpe", "jfif", "gif", "bmp", "dib", "webp"].contains(FilePath(name).fileExtension)
  }

  /// All pictures in a folder and its subfolders, sorted by bytes; and counts of other files.
  ///
  /// - Parameter threads: the number of threads that inspect files.
  /// - Throws: `DatasetError` if there is no such folder, or if one cannot be read.
  public static func pictures(
    in path: String, threads: Int
  ) throws(DatasetError) -> (paths: [FilePath], leftOut: [FileCount]) {
    let tree = try FileTree(Directory(path), threads: threads)
    var account = tree.account
    var paths: [FilePath] = []
    tree.root.forEachFile { file in
      if file.isPicture { paths.append(file.place.path) } else { account.add(file) }
    }
    return (paths.sorted(by: FilePath.isBefore), account.counts)
  }

  /// True for an existing folder.
  public static func isFolder(_ path: String) -> Bool { Folder.kind(of: path) == .folder }

  /// The values of a picture, `[C, H, W]`, from its file.
  ///
  /// - Throws: `DatasetError` with the path: `.missing` if there is no such file, `.unusable` if it is no
  ///   picture, is damaged, or larger than `mostBytes` or `Picture.mostPixels`.
  public static func pixels(of path: FilePath, as shape: ImageShape) throws(DatasetError) -> [UInt8] {
    try pixels(of: OpenFile(reading: path), as: shape)
  }

  /// The same from standard input.
  public static func pixelsOfStandardInput(as shape: ImageShape) throws(DatasetError) -> [UInt8] {
    try pixels(of: OpenFile(owning: dup(STDIN_FILENO), path: "standard input"), as: shape)
  }

  /// The same for several files at once.
  ///
  /// - Parameter threads: the number of reading threads.
  public static func pixels(
    of paths: [FilePath], as shape: ImageShape, threads: Int
  ) -> [Result<[UInt8], DatasetError>] {
    pixels(of: paths.map { StoredFile(path: $0) }, as: shape, threads: threads)
  }

  static func pixels(
    of files: [StoredFile], as shape: ImageShape, threads: Int
  ) -> [Result<[UInt8], DatasetError>] {
    let results = Mutex([Result<[UInt8], DatasetError>?](repeating: nil, count: files.count))
    let next = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: max(1, min(threads, files.count))) { _ in
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < files.count else { return }
        let result = Result { () throws(DatasetError) in
          let file = files[index]
          return try pixels(of: file.bytes(upTo: mostBytes), path: "\(file.path)", as: shape)
        }
        results.withLock { $0[index] = result }
      }
    }
    return results.withLock { $0.compactMap(\.self) }
  }

  private static func pixels(of file: OpenFile, as shape: ImageShape) throws(DatasetError) -> [UInt8] {
    try pixels(of: file.bytes(upTo: mostBytes), path: file.path, as: shape)
  }

  /// The same for a file's content.
  package static func pixels(
    of bytes: [UInt8], path: String, as shape: ImageShape
  ) throws(DatasetError) -> [UInt8] {
    do throws(PictureError) {
      let picture = try Picture(file: bytes, fitting: (shape.width, shape.height))
        .fitted(width: shape.width, height: shape.height)
      return picture.converted(toChannels: shape.channels).planes
    } catch {
      throw DatasetError(.unusable, path: path, error.reason)
    }
  }
}

extension OpenFile {
  /// The rest of the file.
  ///
  /// - Throws: `DatasetError` (`.unusable`) for more than `most`.
  func bytes(upTo most: Int) throws(DatasetError) -> [UInt8] {
    var bytes: [UInt8] = []
    // A regular file at once, and a pipe, whose size is unknown, in pieces.
    var piece = min(max((try? size()) ?? 0, 1 << 16), most) + 1
    while true {
      var failure: DatasetError?
      let part = [UInt8](unsafeUninitializedCapacity: piece) { buffer, count in
        do throws(DatasetError) {
          count = try self.read(into: UnsafeMutableRawBufferPointer(buffer))
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
      if part.isEmpty { return bytes }
      if bytes.isEmpty { bytes = part } else { bytes += part }
      guard bytes.count <= most else {
        throw DatasetError(
          .unusable, path: path, "has more than the \(most.grouped) bytes that are read")
      }
      piece = 1 << 16
    }
  }
}
