import TestSupport
import Testing

/// Memory that the system refuses in the middle of something ends a command with a sentence, not with the state of the processor.
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
      // 127: there is not even room for the program and its libraries.
      if result.code == 127 { continue }
      // Whatever is above is enough, too.
      if result.code == 0 { break }
      refused += 1
      #expect(result.code == 69, "\(mebibytes) MiB: \(result.errors)")
      let sentence = result.errors.split(separator: "\n").last ?? ""
      #expect(
        sentence.hasPrefix("lemnos: ") && sentence.contains("the system refused")
          && sentence.contains("use a smaller batch"), "\(mebibytes) MiB: \(result.errors)")
    }
    // Limits between what the program itself takes and what the run does.
    #expect(refused >= 5)
  }
}
