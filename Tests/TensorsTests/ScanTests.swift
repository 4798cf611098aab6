import CPUBackend
import Execution
import Programs
import Tensors
import TestSupport
import Testing

/// Scans beside the same steps written one after another.
@Suite("Scans")
struct ScanTests {
  private static func numbers(_ shape: Shape, _ seed: UInt64) -> State {
    var generator = SplitMix64(seed: seed)
    let values = TensorValues(
      (0..<shape.count).map { _ in Double.random(in: -0.8...0.8, using: &generator) }, shape: shape)
    return State("s\(seed)", shape, dtype: .float64, role: .weight, initial: .values(values))
  }

  private func values(_ tensors: [Tensor], on backend: any Backend = CPUBackend(.reference)) throws
    -> [[Double]]
  {
    let outputs = tensors.enumerated().map { (name: "\($0.offset)", tensor: $0.element) }
    let executable = try backend.compile(Program("values", outputs: outputs))
    try executable.run(steps: 1)
    return try tensors.indices.map { try executable.output($0).doubles }
  }

  private typealias Step = ([Tensor], [Tensor]) -> (carry: [Tensor], outputs: [Tensor])

  /// The same without a scan.
  private func unrolled(
    _ carries: [Tensor], over sequences: [Tensor], reversed: Bool, _ step: Step
  ) -> (carry: [Tensor], outputs: [Tensor]) {
    let steps = sequences[0].shape[0]
    var carry = carries
    var outputs: [Int: [Tensor]] = [:]
    for number in 0..<steps {
      let row = reversed ? steps - 1 - number : number
      let slices = sequences.map { sequence in
        sequence.sliced(
          from: [row] + [Int](repeating: 0, count: sequence.rank - 1),
          Shape([1] + sequence.shape.dimensions.dropFirst())
        ).reshaped(Shape(Array(sequence.shape.dimensions.dropFirst())))
      }
      let made = step(carry, slices)
      (carry, outputs[row]) = (made.carry, made.outputs)
    }
    let count = outputs[0]?.count ?? 0
    return (carry, (0..<count).map { index in stack((0..<steps).compactMap { outputs[$0]?[index] }) })
  }

  /// An LSTM's step, of a weight `[H, 4H]` and a bias.
  private static func gates(_ weight: Tensor, _ bias: Tensor) -> Step {
    { carry, x in
      let gates = (x[0] + matmul(carry[0], weight) + bias).split(into: 4, axis: 1)
      let c = sigmoid(gates[1]) * carry[1] + sigmoid(gates[0]) * tanh(gates[2])
      let h = sigmoid(gates[3]) * tanh(c)
      return (carry: [h, c], outputs: [h])
    }
  }

  @Test(
    "are their steps, one after another: values, gradients, and gradients of these", arguments: [false, true])
  func steps(reversed: Bool) throws {
    let (steps, batch, width) = (5, 2, 3)
    let states = [
      Self.numbers([batch, width], 1), Self.numbers([batch, width], 2),
      Self.numbers([steps, batch, 4 * width], 3), Self.numbers([width, 4 * width], 4),
      Self.numbers([4 * width], 5),
    ]
    let inputs = states.map(\.value)
    let step = Self.gates(inputs[3], inputs[4])
    func everything(_ made: (carry: [Tensor], outputs: [Tensor])) -> [Tensor] {
      let results = made.outputs + made.carry
      let loss = results.enumerated().reduce(Tensor(0, dtype: .float64)) { sum, next in
        sum + Double(next.offset + 1) * (next.element * next.element).sum()
      }
      let first = gradients(of: loss, at: inputs)
      let penalty = first.reduce(Tensor(0, dtype: .float64)) { $0 + ($1 * $1).sum() }
      return results + first + gradients(of: penalty, at: inputs)
    }
    let found = try values(
      everything(scan([inputs[0], inputs[1]], over: [inputs[2]], reversed: reversed, step: step)))
    let expected = try values(
      everything(unrolled([inputs[0], inputs[1]], over: [inputs[2]], reversed: reversed, step)))
    for (index, (a, b)) in zip(found, expected).enumerated() {
      #expect(a.count == b.count)
      // Float64; second derivatives add some thousand products of numbers up to 100.
      #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 1e-9 * max(1, abs($1)) }, "result \(index)")
    }
  }

  @Test("compute what depends on no step once, before the first")
  func invariants() throws {
    let (x, w) = (Self.numbers([4, 2, 3], 1).value, Self.numbers([3, 3], 2).value)
    let made = scan([Tensor.full([2, 3], 0, dtype: .float64)], over: [x]) { carry, x in
      let next = x[0] + matmul(carry[0], exp(w).transposed())
      return (carry: [next], outputs: [])
    }
    let program = try Program("invariant", outputs: [("y", made.carry[0])])
    let scans = program.instructions.compactMap { instruction -> ScanKernel? in
      if case .scan(let scan) = instruction.kernel { scan } else { nil }
    }
    #expect(scans.count == 1 && scans[0].body.program.instructions.map(\.kernel.name).contains("matmul"))
    #expect(!scans[0].body.program.description.contains("exp"))
    #expect(program.description.contains("exp"))
  }

  @Test("are run once for a value and its gradient, and multiply weights' gradients once for all steps")
  func kept() throws {
    let inputs = [Self.numbers([2, 3], 1), Self.numbers([6, 2, 12], 2), Self.numbers([3, 12], 3)].map(\.value)
    let made = scan(
      [inputs[0], inputs[0]], over: [inputs[1]],
      step: Self.gates(inputs[2], Tensor.full([12], 0, dtype: .float64)))
    let loss = (made.outputs[0] * made.outputs[0]).sum()
    let program = try Program(
      "step", outputs: [("loss", loss), ("dw", gradients(of: loss, at: [inputs[2]])[0])])
    let steps = program.instructions.compactMap { instruction -> [String]? in
      if case .scan(let scan) = instruction.kernel {
        scan.body.program.instructions.map(\.kernel.name)
      } else {
        nil
      }
    }
    #expect(steps.count == 2)
    // Forward: h W. Backward: dz Wᵀ, and no h W again.
    #expect(steps.allSatisfy { $0.filter { $0 == "matmul" }.count == 1 }, "\(program)")
    // The first step's h and those of the others lie apart.
    #expect(program.instructions.filter { $0.kernel.name == "matmul" }.count == 2, "\(program)")
  }

  @Test("of the same steps are the same, and are compiled once")
  func sharing() throws {
    let x = Self.numbers([4, 3], 1).value
    func sum() -> Tensor {
      scan([Tensor.full([3], 0, dtype: .float64)], over: [x]) { carry, x in
        (carry: [0.5 * carry[0] + x[0]], outputs: [])
      }.carry[0]
    }
    let program = try Program("twice", outputs: [("a", sum()), ("b", sum() * 2)])
    #expect(program.instructions.filter { $0.kernel.name == "scan" }.count == 1)
    #expect(Graph([sum()]).form == Graph([sum()]).form)
  }

  @Test("refuse what a step cannot do, in a sentence")
  func refusals() throws {
    let (x, c) = (Tensor.full([4, 3], 1), Tensor.full([3], 0))
    func refusal(_ made: (carry: [Tensor], outputs: [Tensor])) throws -> String {
      try #require((made.carry + made.outputs).first?.error).reason
    }
    #expect(
      try refusal(scan([c], over: [x]) { ($0 + $0, [$1[0]]) })
        == "is given 1 carries, but a step leaves 2")
    #expect(
      try refusal(scan([c], over: [x]) { ([$0[0].sum()], [$1[0]]) })
        == "a step is given a carry float32[3], but leaves float32[]")
    #expect(
      try refusal(scan([c], over: [x, Tensor.full([5], 1)]) { ($0, [$1[0]]) })
        == "has 4 steps, but a sequence float32[5] has 5 rows")
    #expect(
      try refusal(scan([c], over: []) { carry, _ in (carry, []) })
        == "has no steps: give it sequences with rows, or a number of steps")
    #expect(
      try refusal(scan([c], over: [x]) { ($0, [$1[0].cast(to: .int32)]) })
        == "carries and outputs are all of float32 or all of float64, not float32[3] and int32[3]")
    #expect(
      try refusal(
        scan([c], over: [x]) { carry, x in
          (carry, scan([carry[0]], over: [x[0]]) { ([$0[0] * $1[0]], []) }.carry)
        }
      ).hasPrefix("a step has a scan within"))
    #expect(
      try refusal(scan([c], over: [Tensor(1)]) { carry, _ in (carry, []) }).hasPrefix(
        "takes sequences with a row"))
    // The first mistake is the one that is told, wherever it was made.
    let wrong = matmul(Tensor.full([2, 3], 0), Tensor.full([2, 3], 0))
    #expect(scan([wrong], over: [x]) { carry, _ in (carry, carry) }.outputs[0].error?.operation == "matmul")
    #expect(scan([c], over: [x]) { _, _ in ([wrong], []) }.carry[0].error?.operation == "matmul")
  }

  @Test("refuse that a step's values are used outside")
  func leak() {
    var leaked: Tensor?
    _ = scan([Tensor.full([3], 0)], over: [Tensor.full([4, 3], 1)]) { carry, x in
      leaked = x[0]
      return (carry: carry, outputs: [])
    }
    #expect(
      throws: GraphError.self,
      performing: { try Program("leak", outputs: [("x", leaked ?? Tensor(0))]) })
  }

  @Test("take as long to plan for 300 steps as for one")
  func planning() throws {
    let clock = ContinuousClock()
    func plan(_ steps: Int) throws -> (plan: Duration, ready: Duration) {
      let states = [
        State("h", [32, 256], role: .data), State("x", [steps, 32, 1024], role: .data),
        State("w", [256, 1024], role: .weight), State("b", [1024], role: .bias),
      ]
      let inputs = states.map(\.value)
      let backend = CPUBackend()
      let start = clock.now
      let made = scan([inputs[0], inputs[0]], over: [inputs[1]], step: Self.gates(inputs[2], inputs[3]))
      let found = gradients(of: made.outputs[0].sum(), at: [inputs[1], inputs[2], inputs[3]])
      let program = try Program("step", outputs: found.enumerated().map { ("\($0)", $1) })
      let planned = backend.planned(program)
      let plan = clock.now - start
      _ = try backend.compile(planned)
      #expect(planned.instructions.count <= 12)
      return (plan, clock.now - start)
    }
    _ = try plan(2)
    let (few, many) = (try plan(3), try plan(300))
    print(
      "planned an LSTM of 3 steps in \(few.plan), ready in \(few.ready); of 300 in \(many.plan), \(many.ready)"
    )
  }
}
