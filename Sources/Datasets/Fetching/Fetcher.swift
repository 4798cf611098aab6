import Glibc
import Wording

/// Brings the files of a data set into a folder; what tests change about it are its properties.
struct Fetcher {
  var curl = Curl()
  var checksum = Checksum()
  /// How often one file is asked for before a broken connection is given up.
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
      // An earlier fetch may have left the front of another file: once more, from the beginning.
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

  /// Throws unless the file that is there is the published one.
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

  /// Receives what is missing of a file, and answers whether not all of it is from the last request.
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
        return part.size <= file.size  // a server that goes on for ever is cut off
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
