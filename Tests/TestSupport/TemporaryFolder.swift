package import FoundationEssentials

/// A folder that is removed when the test that made it ends.
package final class TemporaryFolder {
  package let url: URL
  package var path: String { url.path }

  package init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "lemnos-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  package func path(of name: String) -> String { url.appending(path: name).path }

  /// Writes a file, and creates its parent folders.
  @discardableResult
  package func write(_ bytes: some Sequence<UInt8>, as name: String) throws -> String {
    let place = url.appending(path: name)
    try makeFolder(place.deletingLastPathComponent().path)
    try Data(bytes).write(to: place)
    return place.path
  }

  /// Creates a folder and its parents.
  package func makeFolder(_ path: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// Creates a symbolic link.
  package func link(_ name: String, to path: String) throws {
    try FileManager.default.createSymbolicLink(atPath: self.path(of: name), withDestinationPath: path)
  }

  package func read(_ name: String) throws -> [UInt8] {
    try Array(Data(contentsOf: url.appending(path: name)))
  }

  /// The entries of a subfolder, sorted.
  package func names(in name: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path(of: name)).sorted()
  }

  /// All files with their contents, and all folders, to check that nothing was changed.
  package func contents() throws -> [String: Data?] {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: path)
    return Dictionary(
      uniqueKeysWithValues: paths.map { ($0, FileManager.default.contents(atPath: path(of: $0))) })
  }
}
