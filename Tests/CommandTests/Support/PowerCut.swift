import Foundation
import TestSupport
import Testing

/// Simulates the state of a disk after a power cut: `PowerCut/power-cut.c`, preloaded into the program.
struct PowerCut {
  /// The unsynced writes that are lost.
  enum Loss: CaseIterable {
    /// Data and directory entries.
    case everything
    /// Data only: new and renamed entries are durable at once.
    case data
  }

  static let compiler = ["/usr/bin/cc", "/usr/bin/clang", "/usr/bin/gcc"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// The preloaded library that tracks syncs, compiled for the test.
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

  /// - Parameter folder: the folder whose files are tracked.
  init(of folder: TemporaryFolder, _ library: Library) throws {
    (self.folder, self.library) = (folder, library)
    shadow = try TemporaryFolder()
  }

  /// The environment of a tracked program.
  ///
  /// - Parameter room: the bytes that it may write before the disk is full; nil for no limit.
  func environment(room: Int? = nil) -> [String: String] {
    var environment = [
      "LD_PRELOAD": library.path, "LEMNOS_CUT_FOLDER": folder.url.resolvingSymlinksInPath().path,
      "LEMNOS_CUT_SHADOW": shadow.path(of: "disk"),
    ]
    if let room { environment["LEMNOS_CUT_BYTES"] = "\(room)" }
    return environment
  }

  /// Replaces a folder in the tracked one by its state on the disk; removes it if it is not on the disk.
  func cut(_ name: String, _ loss: Loss) throws {
    let manager = FileManager.default
    // Before the program has started, nothing is lost.
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
