import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("A checkpoint's file")
struct FileTests {
  @Test("that is not there is missing")
  func missing() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write([1], as: "file")
    for path in [folder.path(of: "none"), folder.path(of: "no/folder"), file + "/below", ""] {
      let error = #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: path) }
      #expect(error?.category == .missing, "\(path)")
      #expect(error?.path == path)
    }
  }

  @Test("has to be a file", arguments: ["/tmp", "/dev/null", "/"])
  func notAFile(path: String) {
    let error = #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: path) }
    #expect(error?.category == .unusable)
    #expect(error?.description.hasPrefix("\(path): is not a file") == true)
  }

  @Test("that cannot be written leaves nothing behind")
  func cannotWrite() throws {
    let folder = try TemporaryFolder()
    try folder.write([1], as: "file")
    try folder.makeFolder(folder.path(of: "folder"))
    let before = try folder.contents()
    for name in ["file/below", "no/such/folder/a", "folder"] {
      let error = #expect(throws: CheckpointError.self) {
        try Checkpoint.small.write(to: folder.path(of: name))
      }
      #expect(error?.category == .cannotWrite, "\(name)")
      #expect(error?.path == folder.path(of: name))
    }
    #expect(try folder.contents() == before)
  }

  @Test("replaces an older one")
  func replacement() throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "a")
    try Checkpoint.varied.write(to: path)
    try Checkpoint.small.write(to: path)
    #expect(try Checkpoint(contentsOf: path) == .small)
    #expect(try folder.names() == ["a"])
  }

  /// The full-disk case is in CommandTests, where a separate process can be given a limit.
  @Test("stays as it was when the new one cannot be written")
  func oldContentStays() throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "a")
    try Checkpoint.varied.write(to: path)
    // A folder at the temporary file's path.
    try folder.makeFolder("\(path).\(ProcessInfo.processInfo.processIdentifier).tmp")
    let error = #expect(throws: CheckpointError.self) { try Checkpoint.small.write(to: path) }
    #expect(error?.category == .cannotWrite)
    #expect(try Checkpoint(contentsOf: path) == .varied)
  }
}
