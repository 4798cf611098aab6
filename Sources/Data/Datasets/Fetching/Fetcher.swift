import Glibc
import Wording

/// Downloads the files of a data set into a folder; its properties are for tests.
struct Fetcher {
  var curl = Curl()
  var checksum = Checksum()
  /// The number of attempts per file before giving up on a broken connection.
  var attempts = 4
  /// Between two attempts.
  var pauseInMilliseconds: UInt32 = 1000

  func fetch(
    _ source: DatasetSource, into folder: Folder, from baseURL: String, progress: (FetchProgress) -> Void
  ) throws(DatasetError) {
    try folder.create()
    for file in source.files {
      let url = (baseURL.hasSuffix("/") ? baseURL : baseURL + "/") + file.name
      try fetch(file, from: url, into: folder, progress: progress)
    }
  }

  private func fetch(
    _ file: DatasetSource.File, from url: String, into folder: Folder, progress: (FetchProgress) -> Void
  ) throws(DatasetError) {
    let place = folder.path(of: file.name)
    if folder.holds(file.name) {
      try demand(file, at: place)
      progress(.alreadyThere(file: file.name))
      return
    }
    let part = try PartFile(path: place + ".part")
    defer { part.removeIfEmpty() }
    if part.size > file.size { try part.truncate() }

    var mayHaveMixed = try receive(file, from: url, into: part, progress: progress)
    while true {
      progress(.checking(file: file.name))
      let found = try checksum.md5(of: part.path)
      if found == file.md5 { break }
      let size = part.size
      try part.truncate()
      // An earlier fetch may have left the beginning of another file: retry once from the start.
      guard mayHaveMixed else {
        throw DatasetError(
          .unusable, path: place,
          """
          what \(url) sends (\(size.grouped) bytes, MD5 \(found)) is not the published file \
          (\(file.size.grouped) bytes, MD5 \(file.md5)), so it was thrown away: try another mirror
          """)
      }
      _ = try receive(file, from: url, into: part, progress: progress)
      mayHaveMixed = false
    }
    try part.moveIntoPlace(place, in: folder)
    progress(.finished(file: file.name))
  }

  /// Throws unless the existing file is the published one.
  private func demand(_ file: DatasetSource.File, at place: String) throws(DatasetError) {
    let found = try checksum.md5(of: place)
    guard found == file.md5 else {
      throw DatasetError(
        .cannotWrite, path: place,
        """
        another file (MD5 \(found)) is where the published one (MD5 \(file.md5)) should go: move it away or \
        fetch into another folder
        """)
    }
  }

  /// Downloads the missing part of a file; returns true if some of it is from an earlier request.
  private func receive(
    _ file: DatasetSource.File, from url: String, into part: PartFile, progress: (FetchProgress) -> Void
  ) throws(DatasetError) -> Bool {
    var mixed = part.size > 0
    var attempt = 1
    while part.size < file.size {
      mixed = part.size > 0
      progress(.receiving(file: file.name, bytes: part.size, of: file.size))
      let failure = try curl.get(url, from: part.size) { (bytes) throws(DatasetError) in
        try part.append(bytes)
        progress(.receiving(file: file.name, bytes: part.size, of: file.size))
        return part.size <= file.size  // an endless response is cut off
      }
      guard let failure else { break }
      guard failure.isTransient || failure.cannotResume && mixed, attempt < attempts else {
        throw failure.error(url: url, arrived: part.size, of: file.size)
      }
      if failure.cannotResume { try part.truncate() }
      attempt += 1
      usleep(pauseInMilliseconds * 1000)
    }
    return mixed
  }
}
