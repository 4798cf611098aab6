import CPUBackend
import Execution
import Programs
import Tensors
import Testing

@Suite("Images with their channels last")
struct ChannelsLastTests {
  private static let rewrites: Set<Rewrite> = [
    .channelsLast, .maskBeforePooling, .foldConstants, .roundBeforeMovement,
  ]

  private static func state(_ name: String, _ shape: Shape) -> State {
    State(name, shape, role: .data, initial: .normal(standardDeviation: 1))
  }

  /// Two convolutions with the usual layers between them, and the gradients of both filters and of the image.
  private static func program() throws -> Program {
    let x = state("x", [2, 3, 8, 6])
    let (first, second) = (state("first", [4, 3, 3, 3]), state("second", [5, 4, 3, 3]))
    let bias = state("bias", [4])
    let geometry = WindowGeometry(padding: [1, 1, 1, 1])
    let a = conv2D(x.value, first.value, geometry) + bias.value.reshaped([1, 4, 1, 1])
    let centred = a - a.mean([0, 2, 3], keepingAxes: true)
    let pooled = maxPool2D(relu(centred), window: [2, 2], WindowGeometry(stride: [2, 2]))
    let b = conv2D(pooled, second.value, WindowGeometry(stride: [2, 2], padding: [1, 1, 1, 1]))
    let scores = b.reshaped([2, 5 * 2 * 2])
    let loss = (scores * scores).sum()
    let targets = [x, first, second, bias].map(\.value)
    let outputs =
      [("loss", loss), ("scores", scores), ("channels", b.mean([2, 3])), ("pooled", pooled)]
      + zip(["dx", "dfirst", "dsecond", "dbias"], gradients(of: loss, at: targets)).map { ($0, $1) }
    return try Program("images", outputs: outputs.map { (name: $0.0, tensor: $0.1) })
  }

  @Test("come to the same numbers under the same shapes, by the reference's kernels")
  func sameNumbers() throws {
    let program = try Self.program()
    let last = program.rewritten(by: Self.rewrites)
    let layouts = last.instructions.compactMap { instruction -> ImageLayout? in
      switch instruction.kernel {
      case .convolution(let kernel): kernel.layout
      case .pooling(let kernel): kernel.layout
      default: nil
      }
    }
    // Two forward convolutions, two filter gradients and two image gradients; and the three pooling
    // operations.
    #expect(layouts.count == 9 && layouts.allSatisfy { $0 == .channelsLast })
    let backend = CPUBackend(.reference, seed: 7)
    let (plain, moved) = try (backend.compile(program), backend.compile(last))
    try plain.run(steps: 1)
    try moved.run(steps: 1)
    for (index, output) in program.outputs.enumerated() {
      let (expected, found) = try (plain.output(index), moved.output(index))
      #expect(found.shape == expected.shape, "\(output.name)")
      // Sums of some hundred float32 numbers, in another order.
      let scale = expected.doubles.map(abs).max() ?? 0
      for (a, b) in zip(found.doubles, expected.doubles) {
        #expect(abs(a - b) <= 1e-5 * scale, "\(output.name)")
      }
    }
  }

  @Test("are copied into another order only where they come in and go out")
  func copies() throws {
    // Sums read images where they lie: `sum-without-transpose`.
    let last = CPUBackend().planned(try Self.program())
    let copied = last.instructions.filter { instruction in
      if case .pointwise(let kernel) = instruction.kernel { kernel.steps.isEmpty } else { false }
    }
    // In: the image, and the gradient of the flattened scores. Out: these scores, the pooled images, the
    // image's gradient.
    #expect(copied.count <= 5)
  }

  @Test("are left alone in float64, and where nothing is convolved")
  func untouched() throws {
    let x = Self.state("x", [2, 3, 4, 4])
    let sums = try Program("sums", outputs: [("y", relu(x.value).sum([0, 2, 3]))])
    #expect(sums.rewritten(by: Self.rewrites).description == sums.description)
    let wide = State("wide", [1, 2, 4, 4], dtype: .float64, role: .data)
    let filters = State("filters", [3, 2, 3, 3], dtype: .float64, role: .data)
    let exact = try Program("exact", outputs: [("y", conv2D(wide.value, filters.value))])
    #expect(exact.rewritten(by: Self.rewrites).description == exact.description)
  }

  @Test("and other outputs have the shape that was asked for, wherever they lie", arguments: [true, false])
  func shapes(isAccelerated: Bool) throws {
    let x = Self.state("x", [4, 6])
    let y = relu(x.value)
    let program = try Program("shapes", outputs: [("y", y), ("folded", y.reshaped([2, 2, 6]))])
    let executable = try CPUBackend(isAccelerated ? .accelerated : .reference).compile(program)
    try executable.run(steps: 1)
    #expect(try executable.output(0).shape == [4, 6])
    #expect(try executable.output(1).shape == [2, 2, 6])
  }
}
