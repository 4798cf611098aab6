import Devices
import GradientChecks
import Layers
import Sessions
import Tensors
import Testing

@Suite("Normalization")
struct NormalizationTests {
  private static let layers: [(name: String, layer: any Layer)] = [
    ("batch", BatchNorm()), ("layer", LayerNorm()), ("group", GroupNorm(groups: 2)),
  ]

  @Test("has the gradients of its central differences", arguments: [[6, 4], [3, 4, 2, 3]] as [[Int]])
  func gradients(_ shape: [Int]) throws {
    for (name, layer) in Self.layers {
      let model = Sequential([layer, Dense(3)])
      #expect(try checkGradients(of: model, input: Shape(shape)).failures().isEmpty, "\(name)")
    }
  }

  @Test("of the last axis has the gradients of its central differences, with a shift or without")
  func lastAxis() throws {
    for bias in [true, false] {
      let model = Sequential([LayerNorm(bias: bias), Dense(3)])
      #expect(try checkGradients(of: model, input: [2, 3, 5]).failures().isEmpty)
    }
    let states = StateStore()
    _ = LayerNorm(bias: false).forward(.full([2, 3, 5], 1), in: Pass(.training, states: states))
    #expect(states.parameters.map(\.name) == ["weight"])
  }

  @Test("agrees with the chain rule through mean and variance, one operation after another")
  func staged() throws {
    let x = State("x", [7, 5], dtype: .float64, role: .data, initial: .normal(standardDeviation: 2))
    let dy = State("dy", [7, 5], dtype: .float64, role: .data, initial: .normal(standardDeviation: 1))
    let simplified = BatchNorm().forward(x.value, in: Pass(.training, states: StateStore(dtype: .float64)))
    let centred = x.value - x.value.mean([0], keepingAxes: true)
    let staged = centred / sqrt((centred * centred).mean([0], keepingAxes: true) + 1e-5)
    let a = try Tensors.gradients(of: simplified, upstream: dy.value, at: [x.value])[0].values().doubles
    let b = try Tensors.gradients(of: staged, upstream: dy.value, at: [x.value])[0].values().doubles
    #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test("has mean 0 and variance 1, for huge means and tiny variances too")
  func moments() throws {
    // The float32 spacing at 10⁶ is 0.06, so the inputs are on that grid.
    let numbers = (0..<64).map { Float(1e6) + Float($0 % 8) }
    let pass = Pass(.training, states: StateStore())
    let y = try BatchNorm().forward(Tensor(numbers, shape: [64, 1]), in: pass).values().doubles
    #expect(abs(y.reduce(0, +) / 64) < 1e-3)
    #expect(abs(y.reduce(0) { $0 + $1 * $1 } / 64 - 1) < 1e-3)
    let same = BatchNorm().forward(Tensor.full([5, 2], 3), in: Pass(.training, states: StateStore()))
    #expect(try same.values().doubles == [Double](repeating: 0, count: 10))
    let one = BatchNorm().forward(
      Tensor([Float(7), -2], shape: [1, 2]), in: Pass(.training, states: StateStore()))
    #expect(try one.values().doubles == [0, 0])
  }

  @Test("keeps running means, and uses them in evaluation")
  func running() throws {
    let states = StateStore()
    let pass = Pass(.training, states: states)
    _ = BatchNorm().forward(Tensor([Float(1), 3, 5, 7], shape: [4, 1]), in: pass)
    let next = try pass.assignments.map { try $0.value.values().doubles[0] }
    #expect(pass.assignments.map(\.state.name) == ["running_mean", "running_var"])
    #expect(abs(next[0] - 0.1 * 4) < 1e-6 && abs(next[1] - (0.9 + 0.1 * 5)) < 1e-6)
    let y = BatchNorm().forward(Tensor([Float(2)], shape: [1, 1]), in: Pass(.evaluation, states: states))
    // Without training the running mean is 0 and the variance 1.
    #expect(try abs(y.values().doubles[0] - 2) < 1e-4)
  }

  @Test("refuses shapes it does not know")
  func refusals() {
    let pass = Pass(.training, states: StateStore())
    #expect(
      BatchNorm().forward(.full([2, 3, 4], 1), in: pass).error?.reason
        == "takes [N, C] or [N, C, H, W], not [2, 3, 4]")
    #expect(
      GroupNorm(groups: 3).forward(.full([2, 4], 1), in: pass).error?.reason
        == "4 channels of [2, 4] do not make 3 groups")
  }
}
