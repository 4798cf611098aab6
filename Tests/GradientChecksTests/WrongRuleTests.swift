import GradientChecks
import Layers
import Tensors
import Testing

/// A layer whose hand-written backward pass misses a factor of two.
private struct BadSquare: Layer {
  func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    withGradient("square", x * x, of: [x]) { dy in [x * dy] }
  }
}

private struct GoodSquare: Layer {
  func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    withGradient("square", x * x, of: [x]) { dy in [2 * x * dy] }
  }
}

@Suite("A gradient rule written by hand")
struct WrongRuleTests {
  @Test("passes when it is right")
  func right() throws {
    #expect(try checkGradients(of: GoodSquare(), input: [3, 4]).failures().isEmpty)
  }

  @Test("is caught when it is wrong, and the input it is wrong for is named")
  func wrong() throws {
    let model = Sequential {
      Dense(4)
      BadSquare()
      Dense(3)
    }
    let report = try checkGradients(of: model, input: [5, 6])
    // Gradients upstream of the wrong rule in the forward direction are wrong; those after it are correct.
    #expect(report.failures().map(\.name) == ["input", "0.weight", "0.bias"])
    #expect(report.rows.map(\.name) == ["input", "0.weight", "0.bias", "2.weight", "2.bias"])
    let worst = try #require(report.failures().first).worst
    #expect(abs(worst.analytic / worst.numeric - 0.5) < 1e-6)
    #expect(report.description.contains("0.weight"))
  }

  @Test("that gives the wrong shape or number is named")
  func shapes() {
    let x = Tensor.full([2, 3], 1, dtype: .float64)
    let narrow = withGradient("narrow", x * x, of: [x]) { dy in [dy.sum([0])] }
    #expect(
      gradients(of: narrow.sum(), at: [x])[0].error?.reason
        == "its gradient rule gives float64[3] for a tensor float64[2, 3]")
    let many = withGradient("many", x * x, of: [x]) { dy in [dy, dy] }
    #expect(
      gradients(of: many.sum(), at: [x])[0].error?.reason
        == "its gradient rule gives 2 gradients for 1 tensors")
  }

  @Test("hides a wrong element nowhere", arguments: 0..<4)
  func notANumber(_ place: Int) throws {
    let mask = Tensor((0..<4).map { $0 == place ? Double.nan : 1 }, shape: [4])
    let report = try checkGradients(
      of: { x in withGradient("bad", x[0] * x[0], of: [x[0]]) { dy in [2 * x[0] * dy * mask] } },
      at: [("x", TensorValues([1.0, 2, 3, 4], shape: [4]))])
    #expect(report.failures().count == 1)
    #expect(report.rows[0].worst.index == place)
  }
}
