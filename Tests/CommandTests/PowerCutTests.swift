import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("A run whose power is cut", .enabled(if: PowerCut.compiler != nil, "there is no C compiler"))
struct PowerCutTests {
  private static let line =
    "train --backend cpu --data images --model three-layer-convnet --hidden 40 --batch-size 4 --quiet"
  private static let cuts = ProcessInfo.processInfo.environment["LEMNOS_KILLS"].flatMap { Int($0) } ?? 4

  @Test("goes on from what was on the disk, and ends with the same bits", arguments: PowerCut.Loss.allCases)
  func anyMoment(loss: PowerCut.Loss) throws {
    let folder = try TemporaryFolder()
    try TinyImages(training: 400).write(to: folder)
    try folder.succeed("\(Self.line) --epochs 8 --out whole")
    let library = try PowerCut.Library()
    var random = SplitMix64(seed: loss == .everything ? 1 : 2)
    var (cuts, attempt, out) = (0, 0, "run-0")
    while true {
      attempt += 1
      let begun = try folder.names().contains(out)
      let command =
        begun
        ? "train --resume \(out) --backend cpu --quiet --save-every 0.002"
        : "\(Self.line) --epochs 8 --out \(out) --save-every 0.002"
      let power = try PowerCut(of: folder, library)
      let running = try Command(command, in: folder, environment: power.environment())
      let result =
        cuts < Self.cuts
        ? try running.result(killingAfter: Double.random(in: 0.05...0.5, using: &random))
        : try running.result()
      if let result {
        try #require(result.code == 0, "\(result.errors)")
        for file in ["last.safetensors", "best.safetensors"] {
          #expect(try folder.read("\(out)/\(file)") == folder.read("whole/\(file)"), "\(file)")
        }
        if cuts >= Self.cuts { return }
        out = "run-\(attempt)"
        continue
      }
      cuts += 1
      try power.cut(out, loss)
      // Without its settings a run does not count as started.
      if try folder.names().contains(out), try !folder.names(in: out).contains("config.yaml") {
        #expect(try !folder.names(in: out).contains("last.safetensors"))
        try FileManager.default.removeItem(atPath: folder.path(of: out))
      }
    }
  }

  @Test(
    "or whose disk is full keeps its last checkpoint, and goes on when there is room",
    arguments: [0, 100_000, 300_000])
  func fullDisk(room: Int) throws {
    let folder = try TemporaryFolder()
    try TinyImages(training: 400).write(to: folder)
    try folder.succeed("\(Self.line) --epochs 4 --out whole")
    try folder.succeed("\(Self.line) --epochs 1 --out run")
    let library = try PowerCut.Library()
    let disk = try PowerCut(of: folder, library)
    let result = try folder.lemnos(
      "train --resume run --backend cpu --epochs 4 --quiet", environment: disk.environment(room: room))
    #expect(result.code == 73 && result.errors.contains("No space left on device"), "\(result.errors)")
    #expect(!(try folder.names(in: "run")).contains { $0.hasSuffix(".tmp") })
    try folder.succeed("train --resume run --backend cpu --epochs 4 --quiet")
    // One run was resumed and the other one was not, but their contents are equal.
    #expect(
      try folder.checkpoint("run/last.safetensors").tensors
        == folder.checkpoint("whole/last.safetensors").tensors)
  }
}
