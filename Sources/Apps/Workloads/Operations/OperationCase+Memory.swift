import Lemnos

extension OperationCase {
  /// Activations of the second convolution of a VGG, 16 MiB: more than a core's caches hold.
  private static let activations: Shape = [64, 64, 32, 32]

  static var reductions: [OperationCase] {
    let x = input("x", activations)
    let rows = input("x", [100, 100])
    let name = sizes(activations.dimensions)
    return [
      OperationCase("sum of all, \(name)", inputs: [x], results: [x.value.sum()]),
      OperationCase("sum of each channel, \(name)", inputs: [x], results: [x.value.sum([0, 2, 3])]),
      OperationCase("sum of each image, \(name)", inputs: [x], results: [x.value.sum([1, 2, 3])]),
      OperationCase("sum of columns, 100×100", inputs: [rows], results: [rows.value.sum([0])]),
    ]
  }

  static var pointwise: [OperationCase] {
    let (x, y, bias) = (input("x", activations), input("y", activations), input("bias", [64]))
    let small = input("x", [100, 100])
    let perChannel = bias.value.reshaped([1, 64, 1, 1])
    let name = sizes(activations.dimensions)
    let dropped = Dropout(0.25).forward(x.value, in: Pass(.training, states: StateStore()))
    return [
      OperationCase("ReLU \(name)", inputs: [x], results: [relu(x.value)]),
      OperationCase("ReLU 100×100", inputs: [small], results: [relu(small.value)]),
      OperationCase("bias and ReLU \(name)", inputs: [x, bias], results: [relu(x.value + perChannel)]),
      OperationCase("add and ReLU \(name)", inputs: [x, y], results: [relu(x.value + y.value)]),
      OperationCase("exp \(name)", inputs: [x], results: [exp(x.value)]),
      OperationCase("dropout \(name)", inputs: [x], results: [dropped]),
    ]
  }

  /// Optimizers, on the largest matrix of the three-layer convnet and on one of the five-layer net.
  static var updates: [OperationCase] {
    let rules: [(name: String, rule: any Optimizer)] = [
      ("SGD", SGD(learningRate: 1e-3)), ("momentum", Momentum(learningRate: 1e-3)),
      ("Adam", Adam(learningRate: 1e-3)),
    ]
    let all: [Shape] = [[8192, 500], [100, 100]]
    return all.flatMap { shape in
      rules.map { name, rule in
        let (w, dw) = (input("w", shape), input("dw", shape))
        let slots = rule.slots.map { State($0, shape, role: .optimizer) }
        let next = rule.update(
          w.value, gradient: dw.value, slots: slots.map(\.value), learningRate: Tensor(1e-3),
          step: Tensor(0, dtype: .int32))
        return OperationCase(
          "\(name) \(sizes(shape.dimensions))", inputs: [w, dw] + slots,
          assignments: [Assignment(w, next.parameter)] + zip(slots, next.slots).map { Assignment($0, $1) }
        )
      }
    }
  }
}
