import Foundation
import TestSupport
import Testing

/// What a disk holds after its power was cut: `PowerCut/power-cut.c`, loaded before the program.
struct PowerCut {
  /// What is lost of all that was not synced.
  enum Loss: CaseIterable {
    /// Data and names.
    case everything
    /// Data only: new and changed names are there at once.
    case data
  }

  static let compiler = ["/usr/bin/cc", "/usr/bin/clang", "/usr/bin/gcc"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// The library that notes what is synced, compiled anew.
  final class Library {
    private let folder: TemporaryFolder
    var path: String { folder.path(of: "power-cut.so") }

    init() throws {
      folder = try TemporaryFolder()
      let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "PowerCut/power-cut.c").path
      let process = Process()
      process.executableURL = URL(fileURLWithPath: try #require(PowerCut.compiler))
      process.arguments = [
        "-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o", path, source, "-ldl", "-lpthread",
      ]
      try process.run()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0)
    }
  }

  private let folder: TemporaryFolder
  private let shadow: TemporaryFolder
  private let library: Library

  /// - Parameter folder: whose files are watched while a program runs.
  init(of folder: TemporaryFolder, _ library: Library) throws {
    (self.folder, self.library) = (folder, library)
    shadow = try TemporaryFolder()
  }

  /// Of a program that is watched.
  ///
  /// - Parameter room: how many bytes it may write before the disk is full; nil for any number.
  func environment(room: Int? = nil) -> [String: String] {
    var environment = [
      "LD_PRELOAD": library.path, "LEMNOS_CUT_FOLDER": folder.url.resolvingSymlinksInPath().path,
      "LEMNOS_CUT_SHADOW": shadow.path(of: "disk"),
    ]
    if let room { environment["LEMNOS_CUT_BYTES"] = "\(room)" }
    return environment
  }

  /// Makes of a folder in the watched one what the disk holds of it; takes it away if that is nothing.
  func cut(_ name: String, _ loss: Loss) throws {
    let manager = FileManager.default
    // Before the program itself begins, nothing is lost.
    guard manager.fileExists(atPath: folder.path(of: name)),
      manager.fileExists(atPath: shadow.path(of: "disk/ready"))
    else { return }
    let left = shadow.path(of: "left")
    switch loss {
    case .everything:
      let synced = shadow.path(of: "disk/names/\(name)")
      if manager.fileExists(atPath: synced) { try manager.moveItem(atPath: synced, toPath: left) }
    case .data:
      try manager.createDirectory(atPath: left, withIntermediateDirectories: false)
      for file in try folder.names(in: name) {
        let attributes = try manager.attributesOfItem(atPath: folder.path(of: "\(name)/\(file)"))
        let inode = try #require(attributes[.systemFileNumber] as? UInt64)
        let data = manager.contents(atPath: shadow.path(of: "disk/data/\(inode)")) ?? Data()
        try data.write(to: URL(fileURLWithPath: "\(left)/\(file)"))
      }
    }
    try manager.removeItem(atPath: folder.path(of: name))
    if manager.fileExists(atPath: left) { try manager.moveItem(atPath: left, toPath: folder.path(of: name)) }
  }
}
