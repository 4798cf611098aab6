package import Lemnos

/// A network that answers single calls with arrays, as in an app: the latency of `TrainedModel`.
package enum InferenceCall: String, CaseIterable, Sendable {
  /// 3,072 numbers, 50 hidden units, 10 scores.
  case twoLayerNet = "two-layer-net"
  /// ResNet-18 on images of 224×224, 1,000 scores.
  case resNet18 = "resnet18, 224×224"

  package var shape: Shape {
    switch self {
    case .twoLayerNet: [3072]
    case .resNet18: [3, 224, 224]
    }
  }

  private var network: any Layer {
    switch self {
    case .twoLayerNet: TwoLayerNet(hidden: 50, classes: 10)
    case .resNet18: ResNet(.basic, depths: [2, 2, 2, 2], widths: [64, 128, 256, 512], classes: 1000)
    }
  }

  /// The times of single calls with floats in and scores out, after the program is compiled.
  ///
  /// Parameters are initial values: they do not change the time.
  ///
  /// - Parameter batchSize: the examples of a call.
  package func measure(on choice: BackendChoice, batchSize: Int, precision: Precision, seconds: Double) throws
    -> (timing: Timing, backend: String)
  {
    let (network, field) = (network, DataField("x", shape))
    let states = StateStore()
    let example = Tensor.input("x", Shape([1] + shape.dimensions))
    _ = network.forward(example, in: Pass(.evaluation, states: states))
    let checkpoint = try Session(on: choice, seed: 1).checkpoint(of: states.states)
    let model = try TrainedModel(
      from: checkpoint, path: "the initial parameters", inputs: [field], precision: precision, backend: choice
    ) { batch, pass in ["scores": network.forward(batch["x"], in: pass)] }
    let values = (0..<batchSize * shape.dimensions.reduce(1, *)).map { Float($0 % 251) / 251 }
    let timing = try Timing(seconds: seconds) { _ = try model(["x": values]) }
    return (timing, model.backendReason)
  }
}
