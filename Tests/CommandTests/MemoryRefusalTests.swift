import TestSupport
import Testing

/// An allocation failure in the middle of a command ends it with a message, not with a crash dump.
@Suite("Memory that the system refuses")
struct MemoryRefusalTests {
  @Test("ends a run with a sentence, wherever it is")
  func training() throws {
    var refused = 0
    for mebibytes in stride(from: 90, through: 480, by: 23) {
      let folder = try TemporaryFolder()
      let command = try Command(
        "train --epochs 1 --train-samples 1000 --model three-layer-convnet --batch-size 500 --backend cpu --threads 1 --out run",
        in: folder, memoryLimit: mebibytes << 10)
      let result = try command.result()
      // 127: the memory does not even suffice for loading the program.
      if result.code == 127 { continue }
      // Above this limit the run succeeds.
      if result.code == 0 { break }
      refused += 1
      #expect(result.code == 69, "\(mebibytes) MiB: \(result.errors)")
      let sentence = result.errors.split(separator: "\n").last ?? ""
      #expect(
        sentence.hasPrefix("lemnos: ") && sentence.contains("the system refused")
          && sentence.contains("use a smaller batch"), "\(mebibytes) MiB: \(result.errors)")
    }
    // The limits between the program's own memory and the run's.
    #expect(refused >= 5)
  }
}
