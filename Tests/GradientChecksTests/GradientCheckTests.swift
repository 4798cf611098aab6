import GradientChecks
import Layers
import Losses
import Models
import Tensors
import Testing

/// A user-defined layer: it needs only the forward pass.
private struct Swish: Layer {
  func forward(_ x: Tensor, in pass: Pass) -> Tensor { x * sigmoid(x) }
}

/// A residual block: the sum of its input and a body's output.
private struct Residual: Layer {
  let units: Int
  func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    x
      + Sequential {
        Dense(units)
        Swish()
        Dense(units)
      }(x, in: pass, as: "body")
  }
}

@Suite("Gradient checks")
struct GradientCheckTests {
  @Test("pass for every layer")
  func layers() throws {
    let checks: [(name: String, layer: any Layer, input: Shape)] = [
      ("Dense", Dense(4), [3, 5]),
      ("Dense of images", Dense(2), [3, 2, 2, 2]),
      ("Dense without bias", Dense(4, bias: false), [3, 5]),
      ("Dense of sequences", Dense(4), [3, 2, 5]),
      ("LayerNorm of sequences", LayerNorm(), [2, 3, 5]),
      ("RMSNorm", RMSNorm(), [2, 3, 5]),
      ("InstanceNorm", InstanceNorm(), [2, 3, 3, 4]),
      ("LeakyReLU", LeakyReLU(slope: 0.1), [3, 5]),
      ("ELU", ELU(alpha: 0.7), [3, 5]),
      ("SiLU", SiLU(), [3, 5]),
      ("GELU", GELU(), [3, 5]), ("GELU by tanh", GELU(.tanh), [3, 5]),
      ("Softplus", Softplus(), [3, 5]),
      ("Mish", Mish(), [3, 5]),
      ("HardSwish", HardSwish(), [3, 5]),
      ("Tanh", Tanh(), [3, 5]),
      ("Sigmoid", Sigmoid(), [3, 5]),
      ("Upsample2D", Upsample2D(factor: 3), [2, 2, 2, 3]),
      (
        "Convolution1D", Convolution1D(filters: 4, kernel: 3, stride: 2, padding: [1, 2], groups: 2),
        [2, 4, 7]
      ),
      (
        "Convolution2D, by axis",
        Convolution2D(
          filters: 3, kernel: [2, 3], stride: [2, 1], padding: .sides(top: 1, bottom: 0, left: 2, right: 1),
          dilation: [1, 2]), [2, 2, 5, 6]
      ),
      (
        "Convolution3D",
        Convolution3D(
          filters: 4, kernel: [2, 3, 2],
          VolumeGeometry(stride: [2, 1, 2], padding: [1, 2, 0, 1, 1, 0], dilation: [2, 1, 1]), groups: 2),
        [2, 4, 4, 4, 5]
      ),
      ("MaxPool2D, by axis", MaxPool2D(window: [3, 2], stride: [1, 2], padding: [1, 0]), [1, 2, 4, 4]),
      ("AveragePool2D, by axis", AveragePool2D(window: [3, 2], stride: [1, 2]), [1, 2, 4, 4]),
      (
        "TransposedConvolution2D, by axis",
        TransposedConvolution2D(
          filters: 4, kernel: [2, 3], stride: [3, 2], padding: [0, 1], outputPadding: [1, 1],
          dilation: [2, 1], groups: 2), [1, 4, 3, 2]
      ),
      ("AdaptiveAveragePool2D", AdaptiveAveragePool2D(2, 3), [2, 2, 5, 4]),
      ("TransposedConvolution2D", TransposedConvolution2D(filters: 3, kernel: 2, stride: 2), [2, 4, 3, 2]),
      (
        "TransposedConvolution2D, padded",
        TransposedConvolution2D(filters: 2, kernel: 3, stride: 2, padding: 1, bias: false), [1, 3, 3, 4]
      ),
      ("ReLU", ReLU(), [4, 5]),
      ("Flatten", Flatten(), [2, 3, 2]),
      ("Swish", Swish(), [4, 3, 2]),
      ("Residual", Residual(units: 5), [3, 5]),
      (
        "Recomputed", Recomputed(Sequential([Dense(4, bias: false), BatchNorm(), Dropout(0.3), Swish()])),
        [5, 3]
      ),
      (
        "Sequential",
        Sequential {
          Dense(7)
          ReLU()
          Residual(units: 7)
          Dense(3)
        }, [3, 5]
      ),
    ]
    for (name, layer, input) in checks {
      let report = try check(layer, input)
      #expect(report.error < 1e-6, "\(name)\n\(report)")
      #expect(report.rows.first?.name == "input")
    }
  }

  private func check(_ layer: some Layer, _ input: Shape) throws -> GradientReport {
    try checkGradients(of: layer, input: input, seed: 231)
  }

  @Test("name every parameter")
  func names() throws {
    let report = try checkGradients(of: Residual(units: 3), input: [2, 3])
    #expect(
      report.rows.map(\.name) == ["input", "body.0.weight", "body.0.bias", "body.2.weight", "body.2.bias"])
    #expect(report.rows.map(\.count) == [6, 9, 3, 9, 3])
  }

  @Test("pass for networks and their loss", arguments: [0, 3.14])
  func networks(_ regularization: Double) throws {
    let two = try checkGradients(
      of: TwoLayerNet(hidden: 6, classes: 3), loss: .softmaxCrossEntropy, input: [4, 5], classes: 3,
      regularization: regularization, seed: 231)
    #expect(two.error < 1e-6, "\(two)")
    let five = try checkGradients(
      of: FullyConnectedNet(hidden: [8, 7, 6, 5], classes: 4), loss: .softmaxCrossEntropy,
      input: [3, 2, 3], classes: 4, regularization: regularization, seed: 231)
    #expect(five.rows.count == 10)
    #expect(five.error < 1e-6, "\(five)")
  }

  /// The same number with the gradient stopped: rounded down to multiples of 2⁻⁴⁴, far finer than the check's
  /// step.
  private func stopped(_ x: Tensor) -> Tensor { floor(x * 0x1p44) * 0x1p-44 }

  @Test("fail for a wrong gradient, and name it")
  func wrongGradient() throws {
    // x² with the gradient x: one of two uses is missing. The gradient of b is correct.
    let report = try checkGradients(
      of: { $0[0] * stopped($0[0]) + 2 * $0[1] },
      at: [
        ("x", TensorValues([1.5, -0.5, 3], shape: [3])), ("b", TensorValues([1.0, 2, 3], shape: [3])),
      ])
    #expect(report.failures().map(\.name) == ["x"])
    let row = try #require(report.failures().first)
    // (2x − x) / (2x + x)
    #expect(abs(row.error - 1.0 / 3) < 1e-6)
    #expect(abs(row.worst.numeric - 2 * row.worst.analytic) < 1e-6)
    #expect(report.error == row.error)
    #expect("\(report)".contains("x     relative error 3.33e-01  over 3 elements"), "\(report)")
    #expect("\(report)".contains("b     relative error"))
  }

  @Test("point at the one wrong element among many")
  func wrongElement() throws {
    let mask = Tensor([0.0, 0, 1, 0, 0], shape: [5])
    let report = try checkGradients(
      of: { x in x[0] * x[0] * (1 - mask) + x[0] * stopped(x[0]) * mask },
      at: [("x", TensorValues([1.0, 2, 3, 4, 5], shape: [5]))])
    #expect(report.failures().map(\.worst.index) == [2])
  }

  @Test("fail for a gradient that is not a number, wherever it is")
  func notANumber() throws {
    for place in 0..<3 {
      // The select hides √x of a negative number, but not its gradient, 0 / NaN.
      var numbers = [1.0, 2, 3]
      numbers[place] = -1
      let report = try checkGradients(
        of: { x in select(x[0] .< 0, Tensor.full([3], 0, dtype: .float64), sqrt(x[0])) },
        at: [("x", TensorValues(numbers, shape: [3]))])
      #expect(report.failures().map(\.worst.index) == [place])
      #expect(report.error.isNaN)
    }
  }

  @Test("pass for the remainder of float division")
  func remainder() throws {
    let report = try checkGradients(
      of: { $0[0] % $0[1] },
      at: [
        ("a", TensorValues([5.25, -7.5, 2], shape: [3])),
        ("b", TensorValues([2.0, 2.25, -1.75], shape: [3])),
      ])
    #expect(report.failures().isEmpty, "\(report)")
  }

  @Test("throw the first mistake in a layer")
  func mistakes() throws {
    struct Wrong: Layer {
      func forward(_ x: Tensor, in pass: Pass) -> Tensor { x + pass.bias("bias", [7]) }
    }
    #expect {
      try checkGradients(of: Sequential { Wrong() }, input: [2, 3])
    } throws: { error in
      "\(error)".contains("the shapes [2, 3] and [7] do not stretch to a common one (in layer 0 (Wrong)")
    }
  }
}
