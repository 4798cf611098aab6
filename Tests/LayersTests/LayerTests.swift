import Devices
import GradientChecks
import Layers
import Models
import Programs
import Sessions
import Tensors
import Testing

@Suite("Layers")
struct LayerTests {
  private func pass() -> Pass { Pass(.training, states: StateStore()) }

  @Test("Dense takes the last axis, or all of an image")
  func dense() throws {
    let pass = pass()
    #expect(Dense(7).forward(Tensor.full([2, 3, 4], 1), in: pass).shape == [2, 3, 7])
    #expect(pass.states.states.map(\.name) == ["weight", "bias"])
    #expect(pass.states["weight"]?.shape == [4, 7])
    for (scope, input, output) in [
      (nil, [2, 3, 5, 1], [2, 4]), (.lastAxis, [2, 3, 5, 6], [2, 3, 5, 4]), (.example, [2, 3, 5], [2, 4]),
    ] as [(Dense.Scope?, Shape, Shape)] {
      #expect(Dense(4, of: scope).forward(Tensor.full(input, 1), in: self.pass()).shape == output)
    }
    #expect(Dense(4, bias: false).forward(Tensor.full([2, 3], 1), in: self.pass()).shape == [2, 4])
  }

  @Test("Sequential names its parts by position, and its builder takes if and for")
  func sequential() {
    let deep = true
    let model = Sequential {
      Flatten()
      for units in [7, 5] {
        Dense(units)
        ReLU()
      }
      if deep {
        Dense(3)
      }
    }
    let pass = pass()
    #expect(model.forward(Tensor.full([2, 1, 4, 4], 1), in: pass).shape == [2, 3])
    #expect(
      pass.states.parameters.map(\.name) == [
        "1.weight", "1.bias", "3.weight", "3.bias", "5.weight", "5.bias",
      ])
  }

  @Test("a second pass finds the states of the first")
  func sharing() {
    let states = StateStore()
    let model = TwoLayerNet(hidden: 5, classes: 3)
    _ = model.forward(Tensor.full([2, 4], 1), in: Pass(.training, states: states))
    let before = states.states
    _ = model.forward(Tensor.full([7, 4], 1), in: Pass(.evaluation, states: states))
    #expect(states.states == before)
  }

  @Test("an input of another size names layer, state and both shapes")
  func mismatch() throws {
    let states = StateStore()
    let model = TwoLayerNet(hidden: 5, classes: 3)
    _ = model.forward(Tensor.full([2, 4], 1), in: Pass(.training, states: states))
    let y = model.forward(Tensor.full([2, 9], 1), in: Pass(.training, states: states))
    let error = try #require(y.error)
    #expect(error.layerPath == "0 (Dense)")
    #expect(error.reason == "'0.weight' was made as [4, 5], but this input asks for [9, 5]")
    #expect(throws: error) { try y.values() }
  }

  @Test("pooling along sequences takes the greatest or the mean of each window")
  func sequences() throws {
    let x = Tensor([1, 5, 2, 4, 3, 0, 7, 6, 8, 9] as [Float], shape: [1, 2, 5])
    let greatest = MaxPool1D(window: 3, stride: 2, padding: 1).forward(x, in: pass())
    #expect(greatest.shape == [1, 2, 3])
    #expect(try greatest.values().doubles == [5, 5, 4, 7, 8, 9])
    let means = AveragePool1D(window: 2).forward(x, in: pass())
    #expect(try means.values().doubles == [3, 3, 3.5, 7])
    for layer in [MaxPool1D(window: 3, stride: 2, padding: 1), AveragePool1D(window: 2, stride: 1)]
      as [any Layer]
    {
      #expect(try checkGradients(of: layer, input: [2, 3, 7]).error < 1e-6)
    }
  }

  @Test("weights start with the variance that ReLUs keep")
  func initialization() throws {
    let pass = pass()
    _ = Dense(300).forward(Tensor.full([1, 400], 1), in: pass)
    let weight = try #require(pass.states["weight"])
    let numbers = try weight.value.values().doubles
    let variance = numbers.reduce(0) { $0 + $1 * $1 } / Double(numbers.count)
    // 120,000 draws: the standard deviation of the estimate is 0.4 %.
    #expect(abs(variance / (2.0 / 400) - 1) < 0.02)
  }
}
