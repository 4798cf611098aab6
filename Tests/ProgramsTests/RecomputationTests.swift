import CPUBackend
import Layers
import Execution
import Programs
import Sessions
import Tensors
import TestSupport
import Testing

/// A forward and backward pass through a layer.
private struct Step {
  let pass: Pass
  let program: Program

  /// - Parameter x: a state, so that it gets a gradient as parameters do.
  init(
    _ layer: some Layer, of x: State, _ recomputation: Recomputation, precision: Precision = .float32
  ) throws {
    let key = State("key", [2], dtype: .int32, role: .progress)
    pass = Pass(
      .training, states: StateStore(), precision: precision, recomputation: recomputation, key: key.value)
    let y = layer.forward(x.value, in: pass)
    // All elements of the upstream gradient differ.
    let weights = Tensor((0..<y.shape.count).map { Float($0 % 17) / 16 - 0.5 }, shape: y.shape)
    let loss = (y * weights).sum()
    let parameters = pass.states.parameters
    let targets = [x] + parameters
    let outputs =
      [("loss", loss)]
      + zip(targets, gradients(of: loss, at: targets.map(\.value))).map { ("gradient of \($0.name)", $1) }
      + pass.assignments.map { ("next \($0.state.name)", $0.value) }
    program = try Program("step", outputs: outputs.map { (name: $0.0, tensor: $0.1) })
  }

  func values(on backend: any Backend) throws -> [String: [Double]] {
    let executable = try backend.compile(program)
    try executable.run(steps: 1)
    return try Dictionary(
      uniqueKeysWithValues: program.outputs.enumerated().map { index, output in
        (output.name, try executable.output(index).doubles)
      })
  }
}

/// A checkpointed block around a layer, as networks have them.
private struct Block: Layer {
  let layer: any Layer
  func forward(_ x: Tensor, in pass: Pass) -> Tensor { pass.block(x) { layer.forward($0, in: pass) } }
}

@Suite("Recomputed activations")
struct RecomputationTests {
  private static func state(_ shape: Shape) -> State {
    var generator = SplitMix64(seed: 5)
    let numbers = (0..<shape.count).map { _ in Float.random(in: -1...1, using: &generator) }
    return State("x", shape, role: .weight, initial: .values(TensorValues(numbers, shape: shape)))
  }

  private static let dense = Block(
    layer: Sequential([Dense(12), BatchNorm(), Dropout(0.4), ReLU()] as [any Layer]))

  private static let cases: [(name: String, layer: any Layer, input: Shape)] = [
    ("one block", dense, [9, 12]),
    (
      "attention with dropout", Block(layer: MultiHeadAttention(heads: 2, causal: true, dropout: 0.4)),
      [2, 7, 6]
    ),
    ("three blocks", Sequential([dense, dense, dense]), [9, 12]),
    (
      "blocks of blocks", Block(layer: Sequential([dense, Block(layer: Sequential([dense, dense]))])),
      [9, 12]
    ),
    (
      "residual blocks", Sequential([BasicBlock(filters: 4, stride: 2), Bottleneck(width: 2, stride: 1)]),
      [3, 3, 6, 5]
    ),
    (
      "a block that pools",
      Block(
        layer: Sequential(
          [
            Convolution2D(filters: 3, kernel: 3, padding: .same), GroupNorm(groups: 3), MaxPool2D(window: 2),
          ] as [any Layer])), [2, 2, 6, 6]
    ),
    ("a block that does nothing", Sequential([Block(layer: Flatten()), dense]), [9, 12]),
  ]

  @Test(
    "give the same gradients and statistics", arguments: cases.indices, [Precision.float32, .bfloat16])
  func sameResults(index: Int, precision: Precision) throws {
    let (name, layer, input) = Self.cases[index]
    let x = Self.state(input)
    let kept = try Step(layer, of: x, .none, precision: precision)
    let again = try Step(layer, of: x, .blocks, precision: precision)
    #expect(again.pass.assignments.count == kept.pass.assignments.count)
    #expect(again.pass.states.states.map(\.name) == kept.pass.states.states.map(\.name))
    #expect(again.program.flops >= kept.program.flops)
    for (backendName, backend) in try everyBackend() {
      let (expected, found) = try (kept.values(on: backend), again.values(on: backend))
      #expect(expected.keys == found.keys)
      for (output, numbers) in expected {
        let scale = numbers.map(abs).max() ?? 0
        // On the CPU every operation is rounded separately; a shader compiler may contract a product and a
        // sum.
        let tolerance = backendName == "Vulkan" ? 1e-5 * scale : 0
        let worst = zip(numbers, found[output] ?? []).map { abs($0 - $1) }.max() ?? .infinity
        #expect(worst <= tolerance, "\(output) of \(name) on \(backendName)")
      }
    }
  }

  @Test("take less memory, on both roads", arguments: [Precision.float32, .bfloat16])
  func memory(precision: Precision) throws {
    let block = Block(
      layer: Sequential(
        [
          Convolution2D(filters: 8, kernel: 3, padding: .same), BatchNorm(), ReLU(), Dropout(0.2),
          Convolution2D(filters: 8, kernel: 3, padding: .same), BatchNorm(), ReLU(),
        ] as [any Layer]))
    let network = Sequential([Block](repeating: block, count: 8))
    let x = Self.state([4, 8, 16, 16])
    let kept = try Step(network, of: x, .none, precision: precision).program
    let again = try Step(network, of: x, .blocks, precision: precision).program
    #expect(2 * again.placed().arenaByteCount < kept.placed().arenaByteCount)
    let policy = FusionPolicy(maximumBuffers: 64)
    let (keptFused, againFused) = (kept.fused(by: policy).placed(), again.fused(by: policy).placed())
    #expect(2 * againFused.arenaByteCount < keptFused.arenaByteCount)
    // One additional forward pass, which is a third of a step.
    #expect(again.flops < kept.flops * 3 / 2)
  }

  @Test("are not taken for the first ones, nor computed before the gradient is there")
  func order() throws {
    let (x, w) = (Self.state([2, 3]), Self.state([3, 4]))
    let product = matmul(x.value, w.value)
    let y = recomputed(product * product, from: x.value)
    let loss = exp(y.sum())
    let program = try Program(
      "step", outputs: [("loss", loss), ("gradient", gradients(of: loss, at: [w.value])[0])])
    // The product, its recomputation, and the product of the gradient.
    let products = program.instructions.filter { $0.kernel.name == "matmul" }
    #expect(products.count == 3)
    let lossLevel = try #require(
      program.instructions.first { $0.outputs.contains(program.outputs[0].value) }?.level)
    #expect(products.map { $0.level > lossLevel } == [false, true, true])
    #expect(products[1].after.isEmpty == false)
  }

  @Test("are the layer's business, whatever the pass says; and in evaluation there are none")
  func layer() throws {
    let x = Self.state([9, 12])
    let layer = Recomputed {
      Dense(12)
      ReLU()
      Dense(7)
      ReLU()
    }
    let plain = try Step(layer.layer, of: x, .blocks)
    let again = try Step(layer, of: x, .none)
    #expect(again.program.flops > plain.program.flops)
    #expect(again.pass.states.states.map(\.name) == ["0.weight", "0.bias", "2.weight", "2.bias"])
    #expect(try again.values(on: CPUBackend()) == plain.values(on: CPUBackend()))

    func flops(_ layer: some Layer) throws -> Int {
      let y = layer.forward(x.value, in: Pass(.evaluation, states: StateStore(), recomputation: .blocks))
      return try Program("test", outputs: [("y", y)]).flops
    }
    #expect(try flops(layer) == flops(layer.layer))
  }

  @Test("pass mistakes on")
  func mistakes() {
    let pass = Pass(.training, states: StateStore(), recomputation: .blocks)
    let y = BasicBlock(filters: 3).forward(Self.state([2, 3]).value, in: pass)
    #expect(y.error != nil)
    let invalid = Tensor.invalid("test", "is no tensor")
    #expect(recomputed(invalid, from: Self.state([1]).value).error == invalid.error)
  }
}
