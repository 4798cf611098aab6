package import FoundationEssentials

/// A folder that lasts as long as the test that made it.
package final class TemporaryFolder {
  package let url: URL
  package var path: String { url.path }

  package init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "lemnos-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  package func path(of name: String) -> String { url.appending(path: name).path }

  /// Writes a file, and the folders that it lies in.
  @discardableResult
  package func write(_ bytes: some Sequence<UInt8>, as name: String) throws -> String {
    let place = url.appending(path: name)
    try makeFolder(place.deletingLastPathComponent().path)
    try Data(bytes).write(to: place)
    return place.path
  }

  /// Makes a folder, and those above it.
  package func makeFolder(_ path: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// Makes a link to another place.
  package func link(_ name: String, to path: String) throws {
    try FileManager.default.createSymbolicLink(atPath: self.path(of: name), withDestinationPath: path)
  }

  package func read(_ name: String) throws -> [UInt8] {
    try Array(Data(contentsOf: url.appending(path: name)))
  }

  /// What lies directly in a folder of it, sorted.
  package func names(in name: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path(of: name)).sorted()
  }

  /// Every file with its bytes, and every folder: to see that nothing was changed.
  package func contents() throws -> [String: Data?] {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: path)
    return Dictionary(
      uniqueKeysWithValues: paths.map { ($0, FileManager.default.contents(atPath: path(of: $0))) })
  }
}
