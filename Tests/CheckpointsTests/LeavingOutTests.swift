import Checkpoints
import Tensors
import TestSupport
import Testing

@Suite("A file with tensors of foreign types")
struct LeavingOutTests {
  /// Writes a file with one byte of `a`, an int64 `n` with the given end offset, and one byte of `z`.
  private func write(endingAt end: Int, to folder: TemporaryFolder) throws -> String {
    let header = """
      {"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"n":{"dtype":"U64","shape":[],"data_offsets":[1,\(end)]},\
      "z":{"dtype":"U8","shape":[1],"data_offsets":[9,10]}}
      """
    return try folder.write(safetensors(header) + Array(1...10), as: "foreign.safetensors")
  }

  @Test("is read without them")
  func leftOut() throws {
    let folder = try TemporaryFolder()
    let path = try write(endingAt: 9, to: folder)
    let checkpoint = try Checkpoint(contentsOf: path) { $0 == "n" }
    #expect(checkpoint.tensors.mapValues(\.bytes) == ["a": [1], "z": [10]])
    let error = try #require(throws: CheckpointError.self) { try Checkpoint(contentsOf: path) }
    #expect(error.reason.contains("'n' as U64"))
  }

  @Test("is refused all the same if they lie where nothing is", arguments: [8, 10, 1 << 40, Int.max])
  func damaged(end: Int) throws {
    let folder = try TemporaryFolder()
    let path = try write(endingAt: end, to: folder)
    #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: path) { $0 == "n" } }
  }
}
