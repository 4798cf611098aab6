import Devices
import Optimizers
import Sessions
import Tensors
import Testing

/// Compares each optimizer with its formula in plain Swift, over three steps.
@Suite("Optimizers")
struct UpdateTests {
  private let w = [1, -2, 3, 0.5]
  private let gradients = [[0.5, 0.25, -1, 2], [-0.1, 0.3, 0.7, 1e-4], [0.2, -0.4, 0, -3]]
  private let rate = 0.1

  /// The parameter after three steps of the optimizer.
  private func parameter(by rule: some Optimizer) throws -> [Double] {
    var w = Tensor(w, shape: [4])
    var slots = rule.slots.map { _ in Tensor.full([4], 0, dtype: .float64) }
    for (step, gradient) in gradients.enumerated() {
      (w, slots) = rule.update(
        w, gradient: Tensor(gradient, shape: [4]), slots: slots,
        learningRate: Tensor(rate, dtype: .float64),
        step: Tensor(Double(step), dtype: .int32))
    }
    return try w.values().doubles
  }

  /// The same in plain Swift: `update` changes one element and its slots.
  private func parameter(by update: (inout Double, inout [Double], _ dw: Double, _ t: Double) -> Void)
    -> [Double]
  {
    w.indices.map { index in
      var (w, memory) = (w[index], [0.0, 0.0])
      for (step, gradient) in gradients.enumerated() {
        update(&w, &memory, gradient[index], Double(step + 1))
      }
      return w
    }
  }

  private func agree(_ a: [Double], _ b: [Double]) -> Bool {
    zip(a, b).allSatisfy { abs($0 - $1) <= 1e-12 * max(1, abs($1)) }  // float64, a dozen operations
  }

  @Test func sgd() throws {
    let expected = parameter { w, _, dw, _ in w -= rate * dw }
    #expect(try agree(parameter(by: SGD(learningRate: 1)), expected))
  }

  @Test func momentum() throws {
    let expected = parameter { w, memory, dw, _ in
      memory[0] = 0.8 * memory[0] - rate * dw
      w += memory[0]
    }
    #expect(try agree(parameter(by: Momentum(learningRate: 1, momentum: 0.8)), expected))
  }

  @Test func nesterovMomentum() throws {
    let expected = parameter { w, memory, dw, _ in
      let before = memory[0]
      memory[0] = 0.8 * before - rate * dw
      w += -0.8 * before + 1.8 * memory[0]
    }
    #expect(try agree(parameter(by: NesterovMomentum(learningRate: 1, momentum: 0.8)), expected))
  }

  @Test func rmsProp() throws {
    let expected = parameter { w, memory, dw, _ in
      memory[0] = 0.99 * memory[0] + 0.01 * dw * dw
      w -= rate * dw / (memory[0].squareRoot() + 1e-8)
    }
    #expect(try agree(parameter(by: RMSProp(learningRate: 1)), expected))
  }

  @Test func adam() throws {
    let expected = parameter { w, memory, dw, t in
      memory[0] = 0.9 * memory[0] + 0.1 * dw
      memory[1] = 0.999 * memory[1] + 0.001 * dw * dw
      let (first, second) = (
        1 - [Double](repeating: 0.9, count: Int(t)).reduce(1, *),
        1 - [Double](repeating: 0.999, count: Int(t)).reduce(1, *)
      )
      w -= rate * (memory[0] / first) / ((memory[1] / second).squareRoot() + 1e-8)
    }
    #expect(try agree(parameter(by: Adam(learningRate: 1)), expected))
  }

  @Test func adamW() throws {
    let expected = parameter { w, memory, dw, t in
      memory[0] = 0.9 * memory[0] + 0.1 * dw
      memory[1] = 0.999 * memory[1] + 0.001 * dw * dw
      let (first, second) = (
        1 - [Double](repeating: 0.9, count: Int(t)).reduce(1, *),
        1 - [Double](repeating: 0.999, count: Int(t)).reduce(1, *)
      )
      w -= rate * ((memory[0] / first) / ((memory[1] / second).squareRoot() + 1e-8) + 0.2 * w)
    }
    #expect(try agree(parameter(by: AdamW(learningRate: 1, weightDecay: 0.2)), expected))
    #expect(try parameter(by: AdamW(learningRate: 1, weightDecay: 0)) == parameter(by: Adam(learningRate: 1)))
    // The first step by hand: 1 − 0.1 · 0.5 / (0.5 + 10⁻⁸) − 0.1 · 0.2 · 1.
    let first = AdamW(weightDecay: 0.2).update(
      Tensor([1.0], shape: [1]), gradient: Tensor([0.5], shape: [1]),
      slots: [.full([1], 0, dtype: .float64), .full([1], 0, dtype: .float64)],
      learningRate: Tensor(0.1, dtype: .float64), step: Tensor(0, dtype: .int32))
    #expect(try agree(first.parameter.values().doubles, [0.880000002]))
  }

  @Test("AdamW spares what is no weight")
  func spared() throws {
    let rule = AdamW(weightDecay: 0.2)
    #expect(rule.rule(for: State("b", [2], role: .bias)) is Adam)
    #expect(rule.rule(for: State("w", [2], role: .weight)) is AdamW)
    #expect(Momentum(learningRate: 1).rule(for: State("b", [2], role: .bias)) is Momentum)
  }

  @Test func lion() throws {
    let expected = parameter { w, memory, dw, _ in
      let c = 0.9 * memory[0] + 0.1 * dw
      w -= rate * ((c > 0 ? 1 : c < 0 ? -1 : 0) + 0.3 * w)
      memory[0] = 0.99 * memory[0] + 0.01 * dw
    }
    #expect(try agree(parameter(by: Lion(learningRate: 1, weightDecay: 0.3)), expected))
  }

  @Test("Muon's steps have singular values near 1, whichever side is longer")
  func muon() throws {
    for shape in [[3, 5], [5, 3], [2, 3, 2, 1]] as [Shape] {
      let gradient = Tensor((0..<shape.count).map { Double(($0 * 7 + 3) % 11) - 4 }, shape: shape)
      let next = Muon(learningRate: 1).update(
        .full(shape, 0, dtype: .float64), gradient: gradient, slots: [.full(shape, 0, dtype: .float64)],
        learningRate: Tensor(1, dtype: .float64), step: Tensor(0, dtype: .int32))
      let (rows, columns) = (shape[0], shape.count / shape[0])
      let scale = max(1, Double(rows) / Double(columns)).squareRoot()
      let x = (next.parameter * (-1 / scale)).reshaped([rows, columns])
      let product = rows < columns ? matmul(x, x.transposed()) : matmul(x.transposed(), x)
      let side = min(rows, columns)
      let numbers = try product.values().doubles
      // Squared singular values between 0.7 and 1.2, as the iteration leaves them.
      for row in 0..<side { #expect((0.4...1.6).contains(numbers[row * side + row]), "\(shape)") }
      #expect(try (x * gradient.reshaped([rows, columns])).sum().values().scalar > 0)
    }
  }

  @Test("parameters of groups follow rules of their own, in proportion to the rate at hand")
  func groups() throws {
    let session = try Session(on: .cpu)
    func state(_ name: String, _ role: State.Role = .weight) -> State {
      State(name, [1], role: role, initial: .constant(1))
    }
    let parameters = [state("head.weight"), state("body.weight"), state("body.bias", .bias)]
    let loss = parameters.reduce(Tensor(0)) { $0 + $1.value.sum() }
    let groups = ParameterGroups(
      ["head.*": SGD(learningRate: 0.5), "*.bias": Momentum(learningRate: 0.2)],
      others: SGD(learningRate: 0.1))
    let update = groups.minimizing(loss, at: parameters)
    #expect(update.slots.map(\.name) == ["optimizer.velocity.body.bias"])
    let step = try session.step(assigning: update.assignments)
    try step.run()
    // Half the learning rate of one group is half of the shared rate.
    try session.set(update.learningRate, to: [Float(0.05)])
    try step.run()
    let found = try parameters.map { try session.values(of: $0).scalar }
    let expected = [1 - 0.5 - 0.25, 1 - 0.1 - 0.05, 1 - 0.2 - 0.28]
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test("a pattern that is no parameter's name is told when the step is made ready")
  func unmatched() throws {
    let parameters = ["head.weight", "body.weight"].map { State($0, [1], role: .weight) }
    let loss = parameters.reduce(Tensor(0)) { $0 + $1.value.sum() }
    let groups = ParameterGroups(
      ["head.*": SGD(learningRate: 0.5), "fc.*": SGD(learningRate: 0.1)], others: SGD(learningRate: 0.1))
    let error = #expect(throws: GraphError.self) {
      try Session(on: .cpu).step(assigning: groups.minimizing(loss, at: parameters).assignments)
    }
    #expect(
      error.map { "\($0)" }?.contains(
        "no parameter that is trained is called 'fc.*'; there are head.weight, body.weight") == true)
  }

  @Test("gradients are cut element by element")
  func cutting() throws {
    let found = try clipped([Tensor([3.0, -0.5, -7], shape: [3])], toValue: 2).map { try $0.values().doubles }
    #expect(found == [[2, -0.5, -2]])
    #expect(clipped([], toValue: 1).isEmpty)
  }

  @Test("gradients are clipped together, and only where they are too long")
  func clipping() throws {
    let gradients = [Tensor([3.0, 0], shape: [2]), Tensor([0.0, 4], shape: [2, 1])]
    func values(_ limit: Double, _ gradients: [Tensor]) throws -> [[Double]] {
      try clipped(gradients, toNorm: limit).map { try $0.values().doubles }
    }
    #expect(try values(5, gradients) == [[3, 0], [0, 4]])
    #expect(try values(7, gradients) == [[3, 0], [0, 4]])
    #expect(try zip(values(1, gradients), [[0.6, 0], [0, 0.8]]).allSatisfy { agree($0, $1) })
    #expect(try values(1, [.full([2], 0, dtype: .float64)]) == [[0, 0]])
    #expect(clipped([], toNorm: 1).isEmpty)
  }
}
