import Lemnos

extension OperationCase {
  /// A layer with parameters, forward and backward.
  private static func layer(_ name: String, _ layer: some Layer, _ shape: Shape) -> [OperationCase] {
    let x = input("x", shape)
    let pass = Pass(.training, states: StateStore())
    let y = layer.forward(x.value, in: pass)
    return bothWays("\(name) \(sizes(shape.dimensions))", [x] + pass.states.parameters, y)
  }

  static var normalizations: [OperationCase] {
    let batch: [Shape] = [[50, 100], [256, 1024], [64, 64, 16, 16], [64, 64, 32, 32]]
    return batch.flatMap { layer("batch norm", BatchNorm(), $0) }
      + layer("layer norm", LayerNorm(), [256, 1024])
      + layer("group norm of 8 groups", GroupNorm(groups: 8), [64, 64, 16, 16])
  }

  static var poolings: [OperationCase] {
    let maximum: [Shape] = [[100, 3, 32, 32], [50, 32, 32, 32], [64, 64, 32, 32]]
    return maximum.flatMap { layer("max pool 2×2", MaxPool2D(window: 2), $0) }
      + layer("average pool 2×2", AveragePool2D(window: 2), [50, 32, 32, 32])
      + layer("global average pool", GlobalAveragePool2D(), [32, 512, 4, 4])
  }

  /// Sequences of 64 places, in two layers as a language model of characters has them.
  static var recurrences: [OperationCase] {
    layer("lstm of 2×256", LSTM(256, layers: 2), [32, 64, 256])
      + layer("gru of 2×256", GRU(256, layers: 2), [32, 64, 256])
  }

  static var losses: [OperationCase] {
    let all: [(n: Int, classes: Int)] = [(100, 10), (256, 1000)]
    return all.flatMap { n, classes in
      let scores = input("scores", [n, classes])
      let numbers = (0..<n).map { Int32($0 % classes) }
      let labels = State(
        "labels", [n], dtype: .int32, role: .data, initial: .values(TensorValues(numbers, shape: [n])))
      let loss = Loss.softmaxCrossEntropy(scores.value, labels.value)
      return [
        OperationCase(
          "softmax cross-entropy \(sizes([n, classes])), forward and backward", inputs: [scores, labels],
          results: [loss, gradients(of: loss, at: [scores.value])[0]])
      ]
    }
  }
}
