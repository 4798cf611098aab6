import TestSupport
import Testing

@Suite("A run on the CPU")
struct DeterminismTests {
  private static let few = "--train-samples 300 --validation 50 --accuracy-samples 100 --epochs 1"

  @Test(
    "is the same file on any number of threads",
    arguments: [
      "--train-samples 1500 --epochs 1",
      "--model fully-connected-net --hidden 100,77 --normalization batch --dropout 0.3 --optimizer adam \(few)",
      "--model fully-connected-net --hidden 100 --normalization layer --clip-norm 1 --batch-size 33 \(few)",
      "--model three-layer-convnet --hidden 100 --clip-norm 1 --batch-size 25 \(few)",
      "--model resnet20 --random-flip --random-shift 2 --batch-size 25 \(few)",
    ])
  func threads(options: String) throws {
    let folder = try TemporaryFolder()
    for threads in 1...3 {
      let line = "train --backend cpu --deterministic --seed 3 \(options) --out \(threads)"
      let result = try folder.lemnos(line, environment: ["LEMNOS_THREADS": "\(threads)"])
      try #require(result.code == 0, "\(result.errors)")
      #expect(result.output.contains("CPU (\(threads) thread"))
    }
    for file in ["last.safetensors", "best.safetensors"] {
      let alone = try folder.read("1/\(file)")
      for threads in 2...3 {
        #expect(try folder.read("\(threads)/\(file)") == alone, "\(file), \(threads) threads")
      }
    }
  }
}
