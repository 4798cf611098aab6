package import Lemnos
import Wording

/// One of the passes that the assignment times, naive against fast: a forward or a backward pass.
package struct SpeedCase {
  package let name: String
  private let inputs: [State]
  private let results: ([Tensor]) -> [Tensor]

  /// The measurement on a backend.
  package struct Measurement {
    /// The median time of a pass.
    package let seconds: Double
    let values: [TensorValues]

    /// The greatest difference of any result, relative to that result's greatest number, with two digits.
    package func difference(from reference: Measurement) -> String {
      let worst = zip(values, reference.values).map { ours, theirs in
        let (a, b) = (ours.doubles, theirs.doubles)
        let greatest = b.reduce(0) { max($0, abs($1)) }
        return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } / max(greatest, 1e-30)
      }.reduce(0, max)
      return NumberText.scientific(worst)
    }
  }

  /// Convolution of 100×3×31×31 with 25 filters of 3×3, stride 2, padding 1; pooling of 100×3×32×32 by 2×2.
  package static var all: [SpeedCase] {
    let images = input("images", [100, 3, 31, 31])
    let filters = input("filters", [25, 3, 3, 3])
    let bias = input("bias", [25])
    let upstream = input("upstream", [100, 25, 16, 16])
    let windows = WindowGeometry(stride: [2, 2], padding: [1, 1, 1, 1])
    let convolution = { (t: [Tensor]) in conv2D(t[0], t[1], windows) + t[2].reshaped([1, 25, 1, 1]) }
    let pooled = input("images", [100, 3, 32, 32])
    let pooledUpstream = input("upstream", [100, 3, 16, 16])
    let pooling = { (t: [Tensor]) in maxPool2D(t[0], window: [2, 2], WindowGeometry(stride: [2, 2])) }
    return [
      SpeedCase(name: "convolution, forward", inputs: [images, filters, bias]) { [convolution($0)] },
      SpeedCase(name: "convolution, backward", inputs: [images, filters, bias, upstream]) {
        gradients(of: convolution($0), upstream: $0[3], at: Array($0[..<3]))
      },
      SpeedCase(name: "max pooling, forward", inputs: [pooled]) { [pooling($0)] },
      SpeedCase(name: "max pooling, backward", inputs: [pooled, pooledUpstream]) {
        gradients(of: pooling($0), upstream: $0[1], at: [$0[0]])
      },
    ]
  }

  private static func input(_ name: String, _ shape: Shape) -> State {
    State(name, shape, role: .data, initial: .normal(standardDeviation: 1))
  }

  private init(name: String, inputs: [State], results: @escaping ([Tensor]) -> [Tensor]) {
    self.name = name
    self.inputs = inputs
    self.results = results
  }

  package func measure(on choice: BackendChoice) throws -> Measurement {
    let backend = try choice.open(seed: 231).backend
    let tensors = results(inputs.map(\.value))
    let done = State("done", [], dtype: .int32, role: .progress)
    let program = try Program(
      name, outputs: tensors.enumerated().map { ("result \($0)", $1) },
      assignments: [Assignment(done, done.value + 1)])
    let executable = try backend.compile(program)
    // A warm-up run pays one-time costs.
    try executable.run(steps: 1)
    _ = try backend.read(done)
    let clock = ContinuousClock()
    let end = clock.now + .seconds(0.5)
    var times: [Double] = []
    while times.count < 3 || (clock.now < end && times.count < 200) {
      let start = clock.now
      try executable.run(steps: 1)
      _ = try backend.read(done)  // waits for an asynchronous device
      times.append((clock.now - start) / .seconds(1))
    }
    return Measurement(
      seconds: times.sorted()[times.count / 2], values: try tensors.indices.map { try executable.output($0) })
  }
}
