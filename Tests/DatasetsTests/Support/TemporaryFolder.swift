import Glibc

@testable import Datasets

/// A folder that lasts as long as the test that made it.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/lemnos-datasets-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure(errno: errno) }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit {
    Self.removeAll(of: path)
  }

  private static func removeAll(of path: String) {
    if unlink(path) == 0 { return }
    for name in names(in: path) { removeAll(of: path + "/" + name) }
    rmdir(path)
  }

  struct Failure: Error { let errno: CInt }

  func path(of name: String) -> String { path + "/" + name }

  /// Writes a file, and the folder that it lies in.
  @discardableResult
  func write(_ bytes: [UInt8], as name: String) throws -> String {
    let place = path(of: name)
    if let slash = name.lastIndex(of: "/") { try Folder(path(of: String(name[..<slash]))).create() }
    let descriptor = open(place, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard descriptor >= 0 else { throw Failure(errno: errno) }
    try bytes.withUnsafeBytes { bytes in try OpenFile(owning: descriptor, path: place).write(bytes) }
    return place
  }

  /// The bytes of a file; nil when there is none.
  func read(_ name: String) throws -> [UInt8]? {
    guard Folder.kind(of: path(of: name)) != nil else { return nil }
    let file = try OpenFile(reading: path(of: name))
    var bytes = [UInt8](repeating: 0, count: try file.size())
    let got = try bytes.withUnsafeMutableBytes { buffer in
      buffer.isEmpty ? 0 : try file.read(into: buffer)
    }
    return Array(bytes.prefix(got))
  }

  /// The names of the files in it.
  func names() -> [String] { Self.names(in: path) }

  private static func names(in path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}
