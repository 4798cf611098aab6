import Glibc
import Synchronization

/// A persistent cache of recomputable results in a folder.
///
/// Correctness never depends on it: an entry that is missing, truncated, damaged, of another version or key
/// is a miss. Entries are written to a temporary file and renamed, so several processes may share a folder;
/// the last writer of an entry wins. A folder that cannot be written costs one warning.
///
/// An entry's file: eight bytes of format, the key's digest (32 bytes), SHA-256 of digest and payload (32
/// bytes), payload.
package final class DiskCache: Sendable {
  package let folder: String

  /// The maximum bytes of all entries; beyond it the least recently used ones are evicted.
  package let limit: Int

  /// The default limit: some thousands of kernels.
  package static let usualLimit = 64_000_000

  static let format = Array("LemnosC1".utf8)
  private static let headerByteCount = format.count + 64

  private struct Progress {
    /// Bytes of entries; nil before the first count.
    var byteCount: Int?
    var warned = false
  }
  private let progress = Mutex(Progress())
  private let warn: @Sendable (String) -> Void

  /// - Parameter warn: called at most once, with the reason why entries cannot be written.
  package init(
    _ folder: String, limit: Int = DiskCache.usualLimit,
    warn: @escaping @Sendable (String) -> Void = { message in
      let line = Array("lemnos: \(message)\n".utf8)
      _ = line.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
  ) {
    self.folder = folder
    self.limit = limit
    self.warn = warn
  }

  /// The payload of a key; nil on a miss.
  package func payload(of key: CacheKey) -> [UInt8]? {
    let path = path(of: key)
    guard let bytes = try? DurableFile.read(path),
      let payload = DiskCache.payload(ofEntry: bytes, under: key)
    else { return nil }
    noteUse(of: path)
    return payload
  }

  /// The payload of an entry's file; nil unless it is intact and of this key.
  package static func payload(ofEntry bytes: [UInt8], under key: CacheKey) -> [UInt8]? {
    guard bytes.count >= headerByteCount, Array(bytes.prefix(8)) == format,
      Array(bytes[8..<40]) == key.digest
    else { return nil }
    let payload = Array(bytes[headerByteCount...])
    return SHA256.digest(of: key.digest + payload) == Array(bytes[40..<72]) ? payload : nil
  }

  /// The header of an entry's file, which precedes the payload.
  package static func header(of payload: [UInt8], under key: CacheKey) -> [UInt8] {
    format + key.digest + SHA256.digest(of: key.digest + payload)
  }

  /// Stores a payload of at most half the limit, if possible.
  ///
  /// - Returns: true if it was stored.
  @discardableResult
  package func keep(_ payload: [UInt8], under key: CacheKey) -> Bool {
    guard payload.count <= limit / 2 else { return false }
    let path = path(of: key)
    do {
      try DiskCache.makeFolders(folder)
      // Not synced: an entry truncated by a crash is detected.
      try DurableFile.write(
        [DiskCache.header(of: payload, under: key), payload], to: path,
        temporaryName: "\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 36))", isSynced: false)
    } catch {
      warnOnce(
        "\(error); what the cache would hold is made anew each time. Set LEMNOS_CACHE to another folder, or to off"
      )
      return false
    }
    progress.withLock { progress in
      let written = DiskCache.headerByteCount + payload.count
      progress.byteCount = progress.byteCount.map { $0 + written } ?? byteCount
      if let count = progress.byteCount, count > limit { progress.byteCount = evict() }
    }
    return true
  }

  /// Removes an entry.
  package func remove(_ key: CacheKey) { unlink(path(of: key)) }

  private func path(of key: CacheKey) -> String { "\(folder)/\(key.fileName)" }

  private func warnOnce(_ message: String) {
    let isFirst = progress.withLock { progress in
      defer { progress.warned = true }
      return !progress.warned
    }
    if isFirst { warn(message) }
  }

  /// Updates an entry's last use; once a day suffices and spares the disk.
  private func noteUse(of path: String) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mtim.tv_sec < time(nil) - 86_400 else { return }
    utimensat(AT_FDCWD, path, nil, 0)
  }
}
