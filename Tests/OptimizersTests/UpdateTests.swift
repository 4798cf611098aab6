import Backends
import Optimizers
import Tensors
import Testing

/// Each rule against its formula in Swift's own arithmetic, over three steps.
@Suite("Optimizers")
struct UpdateTests {
  private let w = [1, -2, 3, 0.5]
  private let gradients = [[0.5, 0.25, -1, 2], [-0.1, 0.3, 0.7, 1e-4], [0.2, -0.4, 0, -3]]
  private let rate = 0.1

  /// The parameter after three steps by the rule.
  private func parameter(by rule: some Optimizer) throws -> [Double] {
    var w = Tensor(w, shape: [4])
    var moments = rule.moments.map { _ in Tensor.full([4], 0, dtype: .float64) }
    for (step, gradient) in gradients.enumerated() {
      (w, moments) = rule.update(
        w, gradient: Tensor(gradient, shape: [4]), moments: moments,
        learningRate: Tensor(rate, dtype: .float64),
        step: Tensor(Double(step), dtype: .int32))
    }
    return try w.values().doubles
  }

  /// The same by hand: `update` changes one element and its memory.
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
}
