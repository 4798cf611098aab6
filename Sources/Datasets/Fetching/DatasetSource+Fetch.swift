/// What a fetch is doing.
public enum FetchProgress: Hashable, Sendable {
  /// The published file is there already.
  case alreadyThere(file: String)
  /// This much of the file has come so far, with what an earlier fetch left.
  case receiving(file: String, bytes: Int, of: Int)
  /// All of it has come; its checksum is next.
  case checking(file: String)
  /// The file is in its place.
  case finished(file: String)
}

extension DatasetSource {
  /// Fetches every file of the set with the program `curl`, and checks it with `md5sum`.
  ///
  /// A file arrives as `NAME.part` and is given its name once its checksum is right. A fetch that is cut off,
  /// be it by Ctrl-C, leaves the `.part`, and the next one goes on from there. A file that is there already is
  /// kept when it is the published one, and refused otherwise: nothing is ever overwritten.
  ///
  /// - Parameters:
  ///   - path: the folder to fetch into; it is made when it is not there.
  ///   - baseURL: another address (http or https) of a folder with the same files: a mirror.
  ///   - progress: is told what happens, on the calling thread, many times a second.
  /// - Throws: `DatasetError`: `.unavailable` when the network or one of the programs fails, `.unusable` when
  ///   what came is not the published file, `.cannotWrite` when a file cannot be put in place.
  public func fetch(
    into path: String, from baseURL: String? = nil, progress: (FetchProgress) -> Void = { _ in }
  ) throws(DatasetError) {
    try Fetcher().fetch(self, into: Folder(path), from: baseURL ?? self.baseURL, progress: progress)
  }
}
