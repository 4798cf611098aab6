import Lemnos
import Reports
import Wording

extension Part {
  static let layers = Part(name: "layers", title: "Layers: forward and gradient errors") { reproduction in
    let forward = try PrintedCase.all.map { row in
      [Table.Cell(row.name), Table.Cell(NumberText.scientific(try row.error(on: reproduction.backend)))]
    }
    let gradients = try CheckedLayer.allCases.flatMap { layer in
      try reproduction.check()
      return try checkGradients(
        of: layer.layer, input: layer.input, on: reproduction.backend, seed: reproduction.seed
      ).rows.map {
        row in
        [Table.Cell(layer.rawValue), Table.Cell(row.name), Table.Cell(NumberText.scientific(row.error))]
      }
    }
    return Result(blocks: [
      .paragraph(
        "Forward passes in float64 against the numbers that the notebooks print, which have eight decimals. The error is "
          + "max |a − b| / max(10⁻⁸, |a| + |b|), as in the notebooks; they report 10⁻⁸ to 10⁻⁹."),
      .table(Table([.text("layer"), .number("error")], forward)),
      .paragraph(
        "Gradients by formula against central differences, in float64. The notebooks report 10⁻⁸ to 10⁻¹³."),
      .table(Table([.text("layer"), .text("gradient of"), .number("error")], gradients)),
    ])
  }
}

/// A forward pass on evenly spaced inputs, whose result is printed in the assignment's notebooks.
private struct PrintedCase {
  let name: String
  let layer: any Layer
  let input: TensorValues
  let parameters: [String: TensorValues]
  let printed: [Double]

  /// max |a − b| / max(10⁻⁸, |a| + |b|).
  func error(on choice: BackendChoice) throws -> Double {
    var (backend, _) = try choice.open()
    // For a device without float64 this runs on the CPU.
    if !backend.hasFloat64 { backend = try BackendChoice.cpu.open().backend }
    let states = StateStore(dtype: .float64)
    let y = layer.forward(Tensor(input), in: Pass(.evaluation, states: states))
    let executable = try backend.compile(Program(name, outputs: [("y", y)]))
    for state in states.states {
      guard let values = parameters[state.name] else {
        preconditionFailure("\(name) has no numbers for \(state.name)")
      }
      try backend.write(values, to: state)
    }
    try executable.run(steps: 1)
    return zip(try executable.output(0).doubles, printed).reduce(0) { worst, pair in
      max(worst, abs(pair.0 - pair.1) / max(1e-8, abs(pair.0) + abs(pair.1)))
    }
  }

  /// `count` evenly spaced numbers from `first` to `last`.
  private static func even(_ first: Double, _ last: Double, _ shape: Shape) -> TensorValues {
    let step = (last - first) / Double(shape.count - 1)
    return TensorValues((0..<shape.count).map { first + Double($0) * step }, shape: shape)
  }

  /// In the two-layer net's input the columns are evenly spaced.
  private static var netInput: TensorValues {
    let columns = even(-5.5, 4.5, [5, 3]).doubles
    return TensorValues((0..<15).map { columns[$0 % 5 * 3 + $0 / 5] }, shape: [3, 5])
  }

  static let all: [PrintedCase] = [
    PrintedCase(
      name: "affine", layer: Dense(3), input: even(-0.1, 0.5, [2, 4, 5, 6]),
      parameters: ["weight": even(-0.2, 0.3, [120, 3]), "bias": even(-0.3, 0.1, [3])],
      printed: [1.49834967, 1.70660132, 1.91485297, 3.25553199, 3.5141327, 3.77273342]),
    PrintedCase(
      name: "relu", layer: ReLU(), input: even(-0.5, 0.5, [3, 4]), parameters: [:],
      printed: [
        0, 0, 0, 0, 0, 0, 0.04545455, 0.13636364, 0.22727273, 0.31818182, 0.40909091, 0.5,
      ]),
    PrintedCase(
      name: "conv2d", layer: Convolution2D(filters: 3, kernel: 4, stride: 2, padding: .uniform(1)),
      input: even(-0.1, 0.5, [2, 3, 4, 4]),
      parameters: ["weight": even(-0.2, 0.3, [3, 3, 4, 4]), "bias": even(-0.1, 0.2, [3])],
      printed: [
        -0.08759809, -0.10987781, -0.18387192, -0.2109216, 0.21027089, 0.21661097, 0.22847626, 0.23004637,
        0.50813986, 0.54309974, 0.64082444, 0.67101435, -0.98053589, -1.03143541, -1.19128892, -1.24695841,
        0.69108355, 0.66880383, 0.59480972, 0.56776003, 2.36270298, 2.36904306, 2.38090835, 2.38247847,
      ]),
    PrintedCase(
      name: "max-pool2d", layer: MaxPool2D(window: 2), input: even(-0.3, 0.4, [2, 3, 4, 4]), parameters: [:],
      printed: [
        -0.26315789, -0.24842105, -0.20421053, -0.18947368, -0.14526316, -0.13052632, -0.08631579,
        -0.07157895,
        -0.02736842, -0.01263158, 0.03157895, 0.04631579, 0.09052632, 0.10526316, 0.14947368, 0.16421053,
        0.20842105, 0.22315789, 0.26736842, 0.28210526, 0.32631579, 0.34105263, 0.38526316, 0.4,
      ]),
    PrintedCase(
      name: "two-layer net", layer: Lemnos.TwoLayerNet(hidden: 50, classes: 7), input: netInput,
      parameters: [
        "0.weight": even(-0.7, 0.3, [5, 50]), "0.bias": even(-0.1, 0.9, [50]),
        "2.weight": even(-0.3, 0.4, [50, 7]), "2.bias": even(-0.9, 0.1, [7]),
      ],
      printed: [
        11.53165108, 12.2917344, 13.05181771, 13.81190102, 14.57198434, 15.33206765, 16.09215096, 12.05769098,
        12.74614105, 13.43459113, 14.1230412, 14.81149128, 15.49994135, 16.18839143, 12.58373087, 13.20054771,
        13.81736455, 14.43418138, 15.05099822, 15.66781506, 16.2846319,
      ]),
  ]
}
