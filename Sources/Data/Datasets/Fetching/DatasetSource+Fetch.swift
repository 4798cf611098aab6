/// The progress of a fetch.
public enum FetchProgress: Hashable, Sendable {
  /// The published file already exists.
  case alreadyThere(file: String)
  /// The bytes received so far, including those of an earlier fetch.
  case receiving(file: String, bytes: Int, of: Int)
  /// The download is complete; its checksum is next.
  case checking(file: String)
  /// The file is in place.
  case finished(file: String)
}

extension DatasetSource {
  /// Downloads every file of the set with the program `curl`, and verifies it with `md5sum`.
  ///
  /// A file is downloaded as `NAME.part` and renamed once its checksum is right. An interrupted fetch leaves
  /// the `.part`, and the next one resumes. An existing file is kept if it is the published one, and refused
  /// otherwise: nothing is overwritten.
  ///
  /// - Parameters:
  ///   - path: the target folder; it is created if needed.
  ///   - baseURL: the address (http or https) of a mirror with the same files.
  ///   - progress: called on the calling thread, many times a second.
  /// - Throws: `DatasetError`: `.unavailable` if the network or one of the programs fails, `.unusable` if
  ///   the download is not the published file, `.cannotWrite` if a file cannot be put in place.
  public func fetch(
    into path: String, from baseURL: String? = nil, progress: (FetchProgress) -> Void = { _ in }
  ) throws(DatasetError) {
    try Fetcher().fetch(self, into: Folder(path), from: baseURL ?? self.baseURL, progress: progress)
  }
}
