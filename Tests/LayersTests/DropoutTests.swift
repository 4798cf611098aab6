import Devices
import GradientChecks
import Layers
import Execution
import Programs
import Sessions
import Tensors
import TestSupport
import Testing

@Suite("Dropout")
struct DropoutTests {
  /// The outputs for an input of ones, at a step of a run with a seed, at a position in the model.
  private func ones(
    _ count: Int, rate: Double, seed: Int32, step: Int32, at place: String
  ) -> Tensor {
    let pass = Pass(
      .training, states: StateStore(), key: Tensor([seed, 0], shape: [2]), counter: Tensor([step], shape: []))
    return Dropout(rate)(.full([count], 1), in: pass, as: place)
  }

  @Test("drops as many as asked and keeps the mean, on every backend", arguments: [0.3, 0.6, 0.75])
  func rates(_ rate: Double) throws {
    let x = State("x", [500, 500], role: .data, initial: .constant(10))
    let y = Dropout(rate).forward(x.value, in: Pass(.training, states: StateStore()))
    let dx = Tensors.gradients(of: y.sum(), at: [x.value])[0]
    for (name, backend) in try everyBackend() {
      let numbers = try results([y, dx], on: backend)
      // 250,000 draws: the standard deviation of the fraction is below 0.001, that of the mean below 0.04.
      #expect(abs(Double(numbers[0].count { $0 == 0 }) / 250_000 - rate) < 0.005, "\(name)")
      #expect(abs(numbers[0].reduce(0, +) / 250_000 - 10) < 0.2, "\(name)")
      #expect(Set(numbers[0]).count == 2, "\(name)")
      // Dropped elements get no gradient; kept ones get the factor, in float32.
      #expect(numbers[1] == numbers[0].map { $0 == 0 ? 0 : Double(Float(1 / (1 - rate))) }, "\(name)")
    }
  }

  @Test("draws the same mask on every backend", arguments: [Int32(0), 231], [Int32(0), 1, 4096])
  func backends(seed: Int32, step: Int32) throws {
    let y = ones(10_007, rate: 0.6, seed: seed, step: step, at: "2")
    let masks = try everyBackend().map { try results([y], on: $0.backend)[0] }
    for mask in masks { #expect(mask == masks[0]) }
  }

  @Test("draws another mask for another seed, step or place")
  func masks() throws {
    let tensors = [
      ones(1000, rate: 0.5, seed: 1, step: 1, at: "a"), ones(1000, rate: 0.5, seed: 1, step: 1, at: "a"),
      ones(1000, rate: 0.5, seed: 2, step: 1, at: "a"), ones(1000, rate: 0.5, seed: 1, step: 2, at: "a"),
      ones(1000, rate: 0.5, seed: 1, step: 1, at: "b"),
    ]
    for (name, backend) in try everyBackend() {
      let masks = try results(tensors, on: backend)
      #expect(masks[0] == masks[1], "\(name)")
      for (a, b) in [(0, 2), (0, 3), (0, 4), (2, 3), (2, 4), (3, 4)] {
        // Independent masks agree in half of the elements; the standard deviation is 16 of 1,000.
        #expect(abs(zip(masks[a], masks[b]).count { $0 == $1 } - 500) < 80, "\(name): \(a), \(b)")
      }
    }
  }

  @Test("does nothing in evaluation, and nothing at rate 0")
  func evaluation() throws {
    let x = Tensor((0..<100).map { Float($0) }, shape: [100])
    let expected = (0..<100).map { Double($0) }
    let evaluation = Dropout(0.5).forward(x, in: Pass(.evaluation, states: StateStore()))
    #expect(try evaluation.values().doubles == expected)
    let none = Dropout(0).forward(x, in: Pass(.training, states: StateStore()))
    #expect(try none.values().doubles == expected)
  }

  @Test("has the gradients of its central differences")
  func gradients() throws {
    #expect(try checkGradients(of: Sequential([Dense(5), Dropout(0.4)]), input: [4, 3]).failures().isEmpty)
  }
}
