import CPUBackend
import Execution
import Layers
import Programs
import Tensors
import TestSupport
import Testing

#if VULKAN
import VulkanBackend
#endif

/// A residual block between batch normalizations, and gradients of a loss.
private struct Net {
  let x: State
  let states = StateStore()
  let gradients: [State]
  let assignments: [Assignment]

  init(examples: Int, ranks: Int) {
    x = State("x", [examples, 3, 6, 6], role: .data)
    let pass = Pass(
      .training, states: states, weightScale: nil, precision: .float32, recomputation: .none,
      runningVariance: .unbiased, key: Tensor([Int32(0), 0], shape: [2]), counter: Tensor(0, dtype: .int32),
      ranks: ranks)
    let convolution = Convolution2D(filters: 4, kernel: 3, padding: .same)
    let first = relu(
      BatchNorm()(convolution(x.value, in: pass, as: "first"), in: pass, as: "firstNorm"))
    let second = BatchNorm()(convolution(first, in: pass, as: "second"), in: pass, as: "secondNorm")
    let scores = Dense(5)(relu(second + first).mean([2, 3]), in: pass, as: "dense")
    let loss = (exp(scores * 0.3) * scores).mean()
    let parameters = states.parameters
    let made = Tensors.gradients(of: loss, at: parameters.map(\.value))
    gradients = parameters.map { State("gradient.\($0.name)", $0.shape, role: .data) }
    assignments = zip(gradients, made).map { Assignment($0, $1) } + pass.assignments
  }

  /// What the program makes: gradients, then running statistics.
  func results(_ backend: any Backend) throws -> [[Double]] {
    try assignments.map { try backend.read($0.state).doubles }
  }
}

@Suite("Programs in stages", .serialized)
struct StagesTests {
  private static let images: [Float] = (0..<8 * 108).map { index in
    Float((index * 7919) % 1013) / 500 - 1 + Float(index / 108) * 0.2
  }

  private static var backends: [() throws -> any Backend] {
    var backends: [() throws -> any Backend] = [{ CPUBackend() }]
    #if VULKAN
    if VulkanUnderTest.missing == nil { backends.append { try VulkanUnderTest.backend() } }
    #endif
    return backends
  }

  private func run(_ net: Net, images: Range<Int>, on backend: any Backend, _ body: () throws -> Void) throws
  {
    let values = Array(Self.images[images.lowerBound * 108..<images.upperBound * 108])
    try backend.write(TensorValues(values, shape: net.x.shape), to: net.x)
    try body()
  }

  @Test("add up over ranks what one process takes of the whole batch", arguments: [2, 4])
  func ranks(count: Int) throws {
    for open in Self.backends {
      let whole = Net(examples: 8, ranks: 1)
      let alone = try open()
      let program = try alone.compile(Program("whole", assignments: whole.assignments))
      try run(whole, images: 0..<8, on: alone) { try program.run(steps: 1) }
      let expected = try whole.results(alone)

      let size = 8 / count
      let parts = try (0..<count).map { _ in
        let (net, backend) = (Net(examples: size, ranks: count), try open())
        let stages = try Stages("part", assignments: net.assignments)
        return (net, backend, stages, try stages.programs.map { try backend.compile($0) })
      }
      // Mean and variance forward, two sums of one stage backward, of each of two layers.
      #expect(parts[0].2.sums.map(\.count) == [1, 1, 1, 1, 2, 2])
      for (rank, part) in parts.enumerated() {
        try run(part.0, images: rank * size..<(rank + 1) * size, on: part.1) {}
      }
      // Twice, because nothing of a step may be left for the next.
      for _ in 0..<2 {
        for stage in parts[0].3.indices {
          for part in parts { try part.3[stage].run(steps: 1) }
          guard stage < parts[0].2.sums.count else { continue }
          for number in parts[0].2.sums[stage].indices {
            let all: [[Float]] = try parts.map { try $0.1.read($0.2.sums[stage][number]).elements() }
            let sum = all[0].indices.map { place in all.reduce(0) { $0 + $1[place] } }
            for part in parts {
              let state = part.2.sums[stage][number]
              try part.1.write(TensorValues(sum, shape: state.shape), to: state)
            }
          }
        }
      }
      try program.run(steps: 1)
      let second = try whole.results(alone)
      let results = try parts.map { try $0.0.results($0.1) }
      for (number, assignment) in whole.assignments.enumerated() {
        let isGradient = number < whole.gradients.count
        // The parameters stay, so gradients are those of the first step; statistics go on.
        let exact = isGradient ? expected[number] : second[number]
        for place in exact.indices {
          let values = results.map { $0[number][place] }
          let value = isGradient ? values.reduce(0, +) / Double(count) : values[0]
          // Sums of float32 in another order.
          #expect(
            abs(value - exact[place]) < 2e-6 + 1e-4 * abs(exact[place]),
            "\(assignment.state.name): \(value) for \(exact[place])")
          if !isGradient { #expect(values.allSatisfy { $0 == values[0] }) }
        }
      }
    }
  }

  @Test("are one program where nothing is added up")
  func one() throws {
    let net = Net(examples: 2, ranks: 1)
    let stages = try Stages("alone", assignments: net.assignments)
    #expect(stages.sums.isEmpty && stages.programs.count == 1)
    let (a, b) = (CPUBackend(), CPUBackend())
    try run(net, images: 0..<2, on: a) { try a.compile(stages.programs[0]).run(steps: 1) }
    try run(net, images: 0..<2, on: b) {
      try b.compile(Program("alone", assignments: net.assignments)).run(steps: 1)
    }
    #expect(try net.results(a) == net.results(b))
  }

  @Test("take float32 numbers")
  func refusal() {
    let sum = State("x", [2], dtype: .float64, role: .data).value.summedOverRanks()
    #expect(sum.error?.description.contains("ranks add float32 numbers up, not float64") == true)
  }
}
