import TestSupport
import Testing

@Suite(
  "lemnos --backend vulkan",
  .enabled(if: VulkanUnderTest.missing == nil, "\(VulkanUnderTest.missing ?? "")"))
struct VulkanTests {
  @Test("comes to the losses of the CPU, and to the same bits each time")
  func sameRun() throws {
    let folder = try TemporaryFolder()
    // 5,400 images to train on, so 300 steps.
    let line = "train --hidden 100 --batch-size 18 --epochs 1 --print-every 10"
    let losses = try [("vulkan", "a"), ("vulkan", "b"), ("cpu", "c")].map { backend, out in
      try folder.succeed("\(line) --backend \(backend) --out \(out)").lines
        .compactMap { $0.wholeMatch(of: /step \d+\/300 loss (.+)/)?.output.1 }.compactMap { Double($0) }
    }
    #expect(losses.map(\.count) == [30, 30, 30])
    for (step, (vulkan, cpu)) in zip(1..., zip(losses[0], losses[2])) {
      // Sums in another order differ by 1e-7, which 300 steps of momentum multiply.
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
    let result = try TemporaryFolder().succeed("train --plan --backend vulkan --model \(model)")
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
}
