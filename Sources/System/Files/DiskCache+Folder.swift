import Glibc

extension DiskCache {
  /// The cache setting of the environment.
  package enum Setting: Hashable, Sendable {
    case off
    case folder(String)
  }

  /// The cache folder: LEMNOS_CACHE, which may also be "off", else `lemnos` in the user's cache folder.
  ///
  /// - SeeAlso: the XDG Base Directory Specification.
  package static func setting(_ environment: (String) -> String?) -> Setting {
    func value(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
    if let choice = value("LEMNOS_CACHE") { return choice == "off" ? .off : .folder(choice) }
    // By the specification, relative paths are ignored.
    if let caches = value("XDG_CACHE_HOME"), caches.hasPrefix("/") { return .folder("\(caches)/lemnos") }
    return value("HOME").map { .folder("\($0)/.cache/lemnos") } ?? .off
  }

  /// The cache of this process, or nil if it is off.
  package static let standard: DiskCache? = {
    switch setting({ getenv($0).map { String(cString: $0) } }) {
    case .off: nil
    case .folder(let path): DiskCache(path)
    }
  }()

  /// The bytes of all entries; 0 if there is no folder.
  package var byteCount: Int { entries().reduce(0) { $0 + $1.byteCount } }

  /// The reason why entries cannot be written; nil if they can.
  package var obstacle: String? {
    do {
      try DiskCache.makeFolders(folder)
      let probe = "\(folder)/probe"
      try DurableFile.write([[]], to: probe, temporaryName: "\(getpid())", isSynced: false)
      unlink(probe)
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// Creates a folder and its ancestors, for this user only, as the specification requires.
  static func makeFolders(_ path: String) throws(FileError) {
    for (index, character) in zip(path.indices, path) where character == "/" && index != path.startIndex {
      mkdir(String(path[..<index]), 0o700)
    }
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw FileError(.cannotWrite, path: path, "cannot be made: \(String(cString: strerror(errno)))")
    }
  }

  private struct Entry {
    let path: String
    let byteCount: Int
    let isTemporary: Bool
    /// Small, and made by `lemnos doctor` only: never evicted.
    let isQuarantine: Bool
    let lastUse: timespec
  }

  /// The cache's own files, by name; other files in the folder are left alone.
  private func entries() -> [Entry] {
    FolderListing.names(in: folder).compactMap { name in
      let isEntry = name.wholeMatch(of: #/[a-z]+-[0-9a-f]{64}\.entry(\.[0-9a-z-]+\.tmp)?/#)
      var status = stat()
      guard let isEntry, lstat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        return nil
      }
      return Entry(
        path: "\(folder)/\(name)", byteCount: Int(status.st_size), isTemporary: isEntry.output.1 != nil,
        isQuarantine: name.hasPrefix("quarantine-"), lastUse: status.st_mtim)
    }
  }

  /// Evicts entries, the least recently used first, down to three quarters of the limit, and temporary files
  /// older than an hour, left by writers that were killed.
  ///
  /// - Returns: the remaining bytes.
  func evict() -> Int {
    var left = 0
    var removable: [Entry] = []
    for entry in entries() {
      if !entry.isTemporary {
        if !entry.isQuarantine { removable.append(entry) }
        left += entry.byteCount
      } else if entry.lastUse.tv_sec < time(nil) - 3600 {
        unlink(entry.path)
      }
    }
    removable.sort { ($0.lastUse.tv_sec, $0.lastUse.tv_nsec) < ($1.lastUse.tv_sec, $1.lastUse.tv_nsec) }
    for entry in removable where left > limit / 4 * 3 {
      unlink(entry.path)
      left -= entry.byteCount
    }
    return left
  }
}
