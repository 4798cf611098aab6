import Foundation
import TestSupport
import Testing

@Suite(
  "lemnos --backend vulkan",
  .enabled(if: VulkanUnderTest.missing == nil, "\(VulkanUnderTest.missing ?? "")"))
struct VulkanTests {
  @Test("comes to the losses of the CPU, and to the same bits each time")
  func sameRun() throws {
    let folder = try TemporaryFolder()
    // 5,400 training images, so 300 steps.
    let line = "train --hidden 100 --batch-size 18 --epochs 1 --print-every 10"
    let losses = try [("vulkan", "a"), ("vulkan", "b"), ("cpu", "c")].map { backend, out in
      try folder.succeed("\(line) --backend \(backend) --out \(out)").lines
        .compactMap { $0.wholeMatch(of: /step \d+\/300 loss (.+)/)?.output.1 }.compactMap { Double($0) }
    }
    #expect(losses.map(\.count) == [30, 30, 30])
    for (step, (vulkan, cpu)) in zip(1..., zip(losses[0], losses[2])) {
      // Sums in another order differ by 1e-7, which 300 steps of momentum amplify.
      #expect(abs(vulkan - cpu) <= 1e-4 * abs(cpu), "step \(step * 10)")
    }
    #expect(try folder.read("a/last.safetensors") == folder.read("b/last.safetensors"))

    let accuracies = try ["cpu", "vulkan"].map { backend in
      try folder.succeed("evaluate --checkpoint a/best.safetensors --backend \(backend)").output
        .firstMatch(of: /Test accuracy (\d\.\d+)/)?.output.1
    }
    #expect(accuracies[0] != nil && accuracies[0] == accuracies[1])
  }

  @Test(
    "trains in few dispatches",
    arguments: [
      ("two-layer-net --optimizer sgd", 8),
      (
        "fully-connected-net --hidden 100,100,100,100 --normalization batch --dropout 0.5 --optimizer adam",
        24
      ),
      ("three-layer-convnet --optimizer adam", 16),
    ])
  func dispatches(model: String, most: Int) throws {
    let result = try TemporaryFolder().succeed("plan --backend vulkan --model \(model)")
    let kernels = try #require(result.output.firstMatch(of: /(\d+) kernels on \d+ levels/)?.output.1)
    #expect(Int(kernels).map { $0 <= most } == true, "\(result.output)")
  }

  @Test(
    "checks gradients",
    arguments: ["--layer conv-norm-relu --backend vulkan", "--model two-layer-net --device 0"])
  func gradcheck(options: String) throws {
    let result = try TemporaryFolder().succeed("gradcheck \(options)")
    let inFloat64 = VulkanUnderTest.missingFloat64 == nil
    #expect(result.lines.first?.hasPrefix("Backend: Vulkan device ") == true)
    #expect(result.lines.first?.hasSuffix(inFloat64 ? ", in float64." : "because it has no float64.") == true)
    #expect(result.output.contains("0.weight  relative error "))
    #expect(result.lines.last?.hasPrefix("All gradients agree") == true)
  }

  @Test("goes on with the same bits")
  func resume() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let line = "train --backend vulkan --data images --hidden 8 --batch-size 4"
    try folder.succeed("\(line) --epochs 2 --out whole")
    try folder.succeed("\(line) --epochs 1 --out halves")
    try folder.succeed("train --resume halves/last.safetensors --epochs 2 --backend vulkan")
    #expect(try folder.read("whole/last.safetensors") == folder.read("halves/last.safetensors"))
  }

  @Test("streams images when asked, to the same bytes, and goes on with them")
  func streamed() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let line = "train --backend vulkan --data images --hidden 8 --batch-size 4"
    let resident = try folder.succeed("\(line) --epochs 2 --out whole --data-residency resident")
    #expect(!resident.lines.contains { $0.hasPrefix("Data: ") })
    let streamed = try folder.succeed("\(line) --epochs 1 --out halves --data-residency streamed")
    #expect(streamed.lines.contains("Data: streamed through a ring of 128 batches (0.0 MB), as asked."))
    try folder.succeed(
      "train --resume halves/last.safetensors --epochs 2 --backend vulkan --data-residency streamed")
    #expect(try folder.read("whole/last.safetensors") == folder.read("halves/last.safetensors"))
  }

  @Test("plans to stream images that no kernel reaches")
  func tooMany() throws {
    let folder = try TemporaryFolder()
    // Only the headers of the images are read: 7.9 GB, and no device binds more than 4 GiB.
    var images = TinyImages()
    images.files[TinyImages.trainingImages] = TinyImages.idx(
      magic: 0x803, sizes: [10_000_000, 28, 28], values: [])
    images.files[TinyImages.testImages] = TinyImages.idx(magic: 0x803, sizes: [10, 28, 28], values: [])
    try images.write(to: folder)
    let options = "--backend vulkan --data images --hidden 1 --batch-size 2 --validation 0"
    let lines = try folder.succeed("plan \(options)").lines
    #expect(lines.contains { $0.contains(/^images, streamed: a ring of 128 batches +0\.20$/) })
    #expect(
      lines.contains {
        $0.hasPrefix("It fits: ")
          && $0.hasSuffix(
            " The images are streamed through a ring of 128 batches (0.2 MB), because all images, 7880.0 MB, do not fit on "
              + "the device.")
      })
  }

  /// The counters of `--verbose --json`.
  private struct Counters: Decodable {
    struct Made: Decodable {
      let allocations: Int
      let pipelines: Int
      let descriptorSets: Int
      let recordings: Int
    }
    struct Replay: Decodable {
      let steps: Int
      let submissions: Int
      let dispatches: Int
    }
    struct Counters: Decodable {
      let sinceFirstStep: Made
      let replay: Replay
      let residentAtFirstEpoch: Int
      let resident: Int
    }
    let counters: Counters
  }

  @Test("makes nothing and does not grow over 20,000 steps, as --verbose says")
  func flat() throws {
    let folder = try TemporaryFolder()
    try TinyImages(training: 4000).write(to: folder)
    // 3,600 training images, so 900 steps per epoch.
    let line = "train --backend vulkan --data images --hidden 8 --batch-size 4 --epochs 24 --out a"
    let lines = try folder.succeed("\(line) --verbose --json").lines
    let counters = try JSONDecoder().decode(
      Counters.self, from: Foundation.Data(try #require(lines.last).utf8)
    ).counters
    let since = counters.sinceFirstStep
    #expect(since.allocations == 0 && since.pipelines == 0)
    #expect(since.descriptorSets == 0 && since.recordings == 0)
    #expect(counters.replay.steps == 24 * 900 - 1)
    #expect(counters.replay.submissions < counters.replay.steps)
    #expect(counters.replay.dispatches > counters.replay.steps)
    // After the first epoch: less than 512 bytes per step, including what the first checkpoints and their
    // threads leave behind. That part does not depend on the number of steps: 1 to 5 MB, after 3,600 steps as
    // after 43,200.
    #expect(counters.resident - counters.residentAtFirstEpoch < 23 * 900 * 512)
  }

  @Test("--verbose says it in words")
  func verbose() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let line = "train --backend vulkan --data images --hidden 8 --batch-size 4 --epochs 2 --out a --verbose"
    let lines = try folder.succeed(line).lines
    #expect(
      lines.contains {
        $0.contains(
          /^Until the first step was done: \d+ allocations \(.+ MB\), \d+ pipelines \(\d+ kernels? compiled\),/
        )
      })
    #expect(
      lines.contains {
        $0.hasPrefix(
          "Since then: 0 allocations (0.0 MB), 0 pipelines (0 kernels compiled), 0 descriptor sets, 0 recordings; "
        )
      })
    #expect(lines.contains { $0.contains(/^17 steps replayed in \d+ submits: .+ µs of host time a step/) })
    #expect(lines.contains { $0.hasPrefix("Resident memory: ") })
  }
}
