#if VULKAN
import CPUBackend
import Execution
import Programs
import Tensors
import TestSupport
import Testing
import VulkanDevice

@testable import VulkanBackend

@Suite("Submits", .serialized)
struct SubmitTests {
  private func load(_ seconds: Double, mostPieces: Int = 1) -> SubmitPlan.Load {
    SubmitPlan.Load(flops: Int(seconds * 5e11), byteCount: 0, mostPieces: mostPieces)
  }

  @Test("hold many short steps, at most 64")
  func short() {
    for limit in [nil, 0.1] {
      let short = SubmitPlan([load(0.0001), load(0.0002)], limit: limit)
      #expect(short.stepsPerSubmit == 64 && !short.isSplit)
      let longer = SubmitPlan([load(0.02), load(0.012)], limit: limit)
      #expect(longer.stepsPerSubmit == 3 && !longer.isSplit)
      #expect(longer.parts == [[0, 1].map { .init(dispatch: $0, groups: nil, isLast: true) }])
    }
    let endless = SubmitPlan([load(50)], limit: nil)
    #expect(endless.stepsPerSubmit == 1 && !endless.isSplit)
    #expect(SubmitPlan([], limit: 0.1).parts == [[]])
  }

  @Test(
    "take no longer than their limit, as far as dispatches can be cut, and have everything once and in order")
  func long() {
    var generator = SplitMix64(seed: 20)
    for _ in 0..<200 {
      let loads = (0..<Int.random(in: 1...30, using: &generator)).map { _ in
        load(.random(in: 0...0.3, using: &generator), mostPieces: .random(in: 1...40, using: &generator))
      }
      let pace = Double.random(in: 1...20, using: &generator)
      let plan = SubmitPlan(loads, limit: 0.1, pace: pace)
      var next = (dispatch: 0, group: 0)
      for part in plan.parts {
        var seconds = 0.0
        #expect(!part.isEmpty)
        for piece in part {
          let load = loads[piece.dispatch]
          let groups = piece.groups ?? 0..<load.mostPieces
          #expect(piece.dispatch == next.dispatch && groups.lowerBound == next.group && !groups.isEmpty)
          #expect(piece.isLast == (groups.upperBound == load.mostPieces))
          #expect(piece.isFirst == (groups.lowerBound == 0))
          next = piece.isLast ? (next.dispatch + 1, 0) : (next.dispatch, groups.upperBound)
          seconds += load.seconds * pace * Double(groups.count) / Double(load.mostPieces)
        }
        // A dispatch that cannot be split is submitted alone; pieces differ by at most one workgroup.
        let slack = part.map { loads[$0.dispatch].seconds * pace / Double(loads[$0.dispatch].mostPieces) }
          .reduce(
            0, +)
        #expect(part.count == 1 || seconds <= 0.1 + slack)
      }
      #expect(next == (loads.count, 0))
    }
  }

  @Test(
    "of parts of a step, and of parts of dispatches, come to the same",
    .enabled(if: VulkanUnderTest.missing == nil), arguments: [false, true], [false, true])
  func rows(cards: Bool, fuses: Bool) throws {
    // Every dispatch is estimated at 5 µs or more, so that each is split in three if it has as many
    // workgroups.
    let backend = try VulkanUnderTest.backend(
      cardKernels: cards, fuses: fuses, submitLimit: .microseconds(2))
    let share = (cards ? 1 : 0) + (fuses ? 2 : 0)
    for (index, row) in OpTable.rows.enumerated() where index % 4 == share {
      let run = try RowRun(row, on: backend, real: .float32)
      #expect(row.disagreement(of: run.output, with: try row.reference()) == nil, "\(row)")
      #expect(run.damage.isEmpty, "\(row)")
    }
    #expect(backend.validationMessages == [])
  }

  /// A step with products, a convolution and reductions, large enough to be split, that updates a state.
  private func program() throws -> (Program, State) {
    let w = State("w", [48, 36], role: .weight, initial: .normal(standardDeviation: 0.1))
    let x = State("x", [40, 48], role: .data, initial: .normal(standardDeviation: 1))
    let images = State("images", [2, 3, 17, 15], role: .data, initial: .normal(standardDeviation: 1))
    let filters = State("filters", [8, 3, 3, 3], role: .weight, initial: .normal(standardDeviation: 0.1))
    let features = maxPool2D(
      relu(conv2D(images.value, filters.value)), window: [2, 2], WindowGeometry(stride: [2, 2]))
    let loss = relu(matmul(x.value, w.value)).mean() + (features * features).mean()
    let gradients = gradients(of: loss, at: [w.value, filters.value])
    let program = try Program(
      "step", outputs: [("loss", loss)],
      assignments: [
        Assignment(w, w.value - 0.5 * gradients[0]),
        Assignment(filters, filters.value - 0.5 * gradients[1]),
      ])
    return (program, w)
  }

  @Test(
    "of a step in parts leave the bits of one submit",
    .enabled(if: VulkanUnderTest.missing == nil), arguments: [false, true])
  func steps(cards: Bool) throws {
    let (program, w) = try program()
    let ends = try [nil, Duration.microseconds(500), .microseconds(40), .nanoseconds(1)].map { limit in
      let backend = try VulkanBackend(seed: 4, cardKernels: cards, cache: nil, submitLimit: limit)
      let executable = try #require(try backend.compile(program) as? VulkanExecutable)
      // Ten steps in all; in the two profiled ones everything is split.
      try executable.prepare(steps: 7)
      try executable.run(steps: 3)
      try executable.run(steps: 4)
      #expect(executable.counters.steps == 7)
      #expect(executable.counters.dispatches == 7 * executable.dispatches.count)
      if limit == .nanoseconds(1) {
        #expect(executable.submits.parts.count > executable.dispatches.count)
        #expect(executable.counters.submissions == 7 * executable.submits.parts.count)
        let times = try executable.profile(steps: 2)
        #expect(times.count == 2 * executable.dispatches.count && times.allSatisfy { $0.end >= $0.start })
        try executable.run(steps: 1)
      } else {
        try executable.run(steps: 3)
      }
      return try (executable.output(0), backend.read(w))
    }
    for (output, weights) in ends.dropFirst() {
      #expect(output == ends[0].0 && weights == ends[0].1)
    }
  }

  @Test("are shorter on a device that was lost before", .enabled(if: VulkanUnderTest.missing == nil))
  func lost() throws {
    let limits = try [0, 1, 2].map {
      try VulkanBackend(cache: nil, submitLimit: .milliseconds(64), losses: $0).traits.submitLimit
    }
    #expect(limits == [0.064, 0.016, 0.004])
  }

  @Test(
    "become shorter when a device is slower than expected", .enabled(if: VulkanUnderTest.missing == nil))
  func slow() throws {
    let a = State("a", [768, 768], role: .weight, initial: .normal(standardDeviation: 0.03))
    let program = try Program("square", assignments: [Assignment(a, matmul(a.value, a.value))])
    let backend = try VulkanBackend(cache: nil, submitLimit: .milliseconds(3))
    // Estimated at 2 ms, which no CPU reaches.
    if backend.device.physicalDevice.kind != .software {
      try Test.cancel("a card may be as fast as expected")
    }
    let executable = try #require(try backend.compile(program) as? VulkanExecutable)
    #expect(!executable.submits.isSplit && executable.stepsPerSubmit == 1)
    try executable.run(steps: 3)
    let cut = executable.submits
    #expect(cut.isSplit && cut.parts.joined().contains { $0.groups != nil })
    let other = try VulkanBackend(cache: nil)
    let expected = try other.compile(program)
    try expected.run(steps: 3)
    #expect(try backend.read(a) == other.read(a))
  }
}
#endif
