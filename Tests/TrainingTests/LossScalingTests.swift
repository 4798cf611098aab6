import Execution
import Programs
import Tensors
import TestSupport
import Testing

@testable import Training

/// Loss scaling in plain Swift: the expected states after each step.
private struct PlainScaling {
  var scale: Double
  let interval: Int
  var goodSteps = 0
  var skippedSteps = 0

  mutating func step(overflows: Bool) {
    if overflows {
      scale = max(scale / 2, 0x1p-126)
      goodSteps = 0
      skippedSteps += 1
    } else {
      goodSteps += 1
      if goodSteps == interval { (scale, goodSteps) = (min(2 * scale, 0x1p126), 0) }
    }
  }
}

@Suite("Loss scaling")
struct LossScalingTests {
  @Test(
    "follows the rule, at the ends of its range too",
    arguments: [65536, 0x1p126, 0x1p-126, 0x1p125, 0x1p-124])
  func rule(first: Double) throws {
    // Gradients of three elements, one of which is sometimes infinite or NaN, often in several consecutive
    // steps.
    var generator = SplitMix64(seed: UInt64(first.exponent + 200))
    let gradients = (0..<60).map { step -> [Float] in
      var gradient: [Float] = [1, -2e38, 3]
      if step % 20 < 6 || Int.random(in: 0..<5, using: &generator) == 0 {
        gradient[Int.random(in: 0..<3, using: &generator)] =
          [.infinity, -.infinity, .nan][Int.random(in: 0..<3, using: &generator)]
      }
      return gradient
    }
    var settings = LossScaling()
    (settings.initialScale, settings.growthInterval) = (first, 3)
    for (name, backend) in try everyBackend() {
      let scaler = LossScaler(settings)
      let counter = State("counter", [], dtype: .int32, role: .progress)
      let weight = State("weight", [2, 2], role: .weight, initial: .constant(0.5))
      let rows = Tensor(gradients.flatMap { $0 }, shape: [gradients.count, 3])
      let gradient = rows.gathered(at: counter.value.reshaped([1]))
      // The other gradient is always finite.
      let overflow = LossScaler.overflow(of: [Tensor.full([2], 7), gradient])
      let program = try Program(
        "scaling",
        assignments: scaler.guarding([Assignment(weight, weight.value + 1)], against: overflow)
          + scaler.assignments(after: overflow) + [Assignment(counter, counter.value + 1)])
      let executable = try backend.compile(program)
      var plain = PlainScaling(scale: first, interval: 3)
      for (step, gradient) in gradients.enumerated() {
        try executable.run(steps: 1)
        plain.step(overflows: !gradient.allSatisfy(\.isFinite))
        let found = try scaler.states.map { try backend.read($0).doubles[0] }
        #expect(
          found == [plain.scale, Double(plain.goodSteps), Double(plain.skippedSteps)],
          "\(name), after step \(step + 1)")
        let additions = Double(step + 1 - plain.skippedSteps)
        #expect(try backend.read(weight).doubles == [Double](repeating: 0.5 + additions, count: 4), "\(name)")
      }
    }
  }

  @Test("skips the steps whose gradients are too large for fp16, and no others")
  func overflow() throws {
    for (name, backend) in try everyBackend() {
      var settings = LossScaling()
      settings.initialScale = 0x1p20
      let scaler = LossScaler(settings)
      let w = State("w", [1, 1], role: .weight, initial: .constant(1))
      // The gradient of the product is the scale itself, and 65520 is the smallest number that overflows
      // fp16.
      let y = matmul(Tensor.full([1, 1], 1), w.value, precision: .float16)
      let dw = gradients(of: y.sum(), upstream: scaler.scale.value, at: [w.value])
      let next = w.value - dw[0] / scaler.scale.value * 0.125
      let overflow = LossScaler.overflow(of: dw)
      let program = try Program(
        "step",
        assignments: scaler.guarding([Assignment(w, next)], against: overflow)
          + scaler.assignments(after: overflow))
      let executable = try backend.compile(program)
      for step in 1...12 {
        try executable.run(steps: 1)
        // 2²⁰, 2¹⁹, … 2¹⁶ overflow; 2¹⁵ does not.
        let skipped = min(step, 5)
        #expect(try backend.read(scaler.skippedSteps).doubles == [Double(skipped)], "\(name)")
        #expect(try backend.read(scaler.scale).doubles == [Double(1 << (20 - skipped))], "\(name)")
        #expect(try backend.read(w).doubles == [1 - 0.125 * Double(step - skipped)], "\(name)")
      }
    }
  }

  @Test("refuses scales that are no power of two, and ends that never come")
  func refusals() throws {
    for scale in [0, -2, 3, 0x1p127, 0x1p-127, .infinity, .nan] {
      var settings = LossScaling()
      settings.initialScale = scale
      #expect(throws: TrainingError.self, "\(scale)") { try settings.check() }
    }
    var settings = LossScaling()
    settings.growthInterval = 0
    #expect(throws: TrainingError.self) { try settings.check() }
  }
}
