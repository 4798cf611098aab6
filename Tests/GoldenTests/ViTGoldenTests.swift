import Devices
import Foundation
import Models
import Optimizers
import Sessions
import Tensors
import TestSupport
import Testing
import Training

@Suite("A vision transformer beside PyTorch")
struct ViTGoldenTests {
  private static let backends: [BackendChoice] =
    VulkanUnderTest.missing == nil ? [.cpu, .vulkan()] : [.cpu]

  @Test("has the losses of ten steps of AdamW, told from the mean of patches")
  func losses() throws {
    // Computed by PyTorch in float64 with Fixtures/make_vit_goldens.py.
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
      path: "Fixtures/vit.json")
    let golden = try JSONDecoder().decode([Double].self, from: Data(contentsOf: file))
    let net = ViT(
      classes: 5, patch: 2, blocks: 2, heads: 2, channels: 16, mlpWidth: 24, pooling: .mean)
    for backend in Self.backends {
      let session = try Session(on: backend)
      let states = StateStore()
      let batch = Batch(
        size: 4,
        [
          "images": Tensor.input("images", [4, 3, 6, 8]),
          "labels": Tensor.input("labels", [4], dtype: .int32),
        ])
      let outcome = try Classification(net, classes: 5).measure(batch, in: Pass(.training, states: states))
      let loss = outcome.losses.mean()
      let update = AdamW(learningRate: 0.01, weightDecay: 0.1, beta2: 0.95).minimizing(
        loss, at: states.parameters)
      let step = try session.step("train", outputs: ["loss": loss], assigning: update.assignments)
      try session.setByFormula(states)
      #expect(golden.count == 10)
      for (number, expected) in golden.enumerated() {
        let images = TensorValues.byFormula([4, 3, 6, 8], seed: number, scale: 1).elements(as: Float.self)
        try step.run(["images": images, "labels": (0..<4).map { Int32((number + $0) % 5) }])
        let loss = try step.output("loss").scalar
        // float32 roundings, amplified by ten steps.
        #expect(
          abs(loss - expected) < 2e-5 * expected,
          "\(session.backendReason) step \(number): \(loss), where \(expected) is expected")
      }
    }
  }
}
