import Layers
import Losses
import Models
import Optimizers
import Tensors

/// A golden case as tensors: its result, and the state of each input.
struct GoldenExpression {
  var result: Tensor
  var states: [String: State]

  /// For update rules: the next values of the optimizer state.
  var next: [String: Tensor] = [:]
}

extension Golden {
  /// Nil for a case that Lemnos does not implement.
  func expression(_ dtype: DType) -> GoldenExpression? {
    switch name {
    case "affine": layer(Dense(columns("w"), of: .example), ["w": "weight", "b": "bias"], dtype)
    case "relu": layer(ReLU(), [:], dtype)
    case "affine_relu":
      layer(
        Sequential([Dense(columns("w"), of: .example), ReLU()]), ["w": "0.weight", "b": "0.bias"], dtype)
    case "batchnorm_train", "spatial_batchnorm":
      layer(BatchNorm(), ["gamma": "weight", "beta": "bias"], dtype)
    case "batchnorm_test":
      layer(
        BatchNorm(), ["gamma": "weight", "beta": "bias", "mean": "running_mean", "var": "running_var"], dtype,
        .evaluation)
    case "layernorm": layer(LayerNorm(), ["gamma": "weight", "beta": "bias"], dtype)
    case "groupnorm":
      layer(GroupNorm(groups: attributes.groups ?? 0), ["gamma": "weight", "beta": "bias"], dtype)
    case "conv2d": layer(convolution, ["w": "weight", "b": "bias"], dtype)
    case "max_pool2d": layer(MaxPool2D(window: attributes.height ?? 0, stride: attributes.stride), [:], dtype)
    case "conv_relu_pool":
      layer(
        Sequential([convolution, ReLU(), MaxPool2D(window: 2)]), ["w": "0.weight", "b": "0.bias"], dtype)
    case "two_layer_net_scores": twoLayerNet(dtype)
    case "two_layer_net_loss": loss(.softmaxCrossEntropy, of: twoLayerNet(dtype))
    case "softmax_loss": loss(.softmaxCrossEntropy, of: layer(Sequential([]), [:], dtype))
    case "svm_loss": loss(.hinge, of: layer(Sequential([]), [:], dtype))
    case "sgd": update(SGD(learningRate: 1), rate: 1e-2, [], dtype)
    case "sgd_momentum": update(Momentum(learningRate: 1), rate: 1e-3, ["velocity"], dtype)
    case "nesterov_momentum": update(NesterovMomentum(learningRate: 1), rate: 1e-3, ["velocity"], dtype)
    case "rmsprop": update(RMSProp(learningRate: 1), rate: 1e-2, ["cache"], dtype)
    case "adam": update(Adam(learningRate: 1), rate: 1e-2, ["m", "v"], dtype)
    default: nil
    }
  }

  private func columns(_ input: String) -> Int { inputs[input]?.shape.last ?? 0 }

  private var convolution: Convolution2D {
    let shape = inputs["w"]?.shape ?? [1, 1, 1, 1]
    return Convolution2D(
      filters: shape[0], kernel: Array(shape[2...]), stride: attributes.stride ?? 1,
      padding: .uniform(attributes.pad ?? 0))
  }

  /// A layer's forward pass.
  ///
  /// - Parameter names: the input of the golden case for each of its states; the remaining one is the
  ///   layer's input.
  private func layer(
    _ layer: some Layer, _ names: [String: String], _ dtype: DType, _ mode: Pass.Mode = .training
  ) -> GoldenExpression {
    guard let (key, numbers) = inputs.first(where: { names[$0.key] == nil }) else {
      return GoldenExpression(result: .invalid(name, "has no input"), states: [:])
    }
    let x = State(key, Shape(numbers.shape), dtype: dtype, role: .data)
    let pass = Pass(mode, states: StateStore(dtype: dtype))
    let y = layer.forward(x.value, in: pass)
    var states = [key: x]
    for (input, state) in names { states[input] = pass.states[state] }
    return GoldenExpression(result: y, states: states)
  }

  private func twoLayerNet(_ dtype: DType) -> GoldenExpression {
    layer(
      TwoLayerNet(hidden: columns("W1"), classes: columns("W2")),
      ["W1": "0.weight", "b1": "0.bias", "W2": "2.weight", "b2": "2.bias"], dtype)
  }

  private func loss(_ loss: Loss, of expression: GoldenExpression) -> GoldenExpression {
    var expression = expression
    let labels = attributes.labels ?? []
    expression.result = loss(expression.result, Tensor(labels, shape: [labels.count]))
    for weight in ["W1", "W2"].compactMap({ expression.states[$0]?.value }) {
      expression.result = expression.result + (0.5 * (attributes.reg ?? 0)) * (weight * weight).sum()
    }
    return expression
  }

  private func update(
    _ rule: some Optimizer, rate: Double, _ memory: [String], _ dtype: DType
  ) -> GoldenExpression {
    var states: [String: State] = [:]
    for (key, numbers) in inputs { states[key] = State(key, Shape(numbers.shape), dtype: dtype, role: .data) }
    let value = { (key: String) in states[key]?.value ?? .invalid(name, "has no \(key)") }
    let (w, slots) = rule.update(
      value("w"), gradient: value("dw"), slots: memory.map(value), learningRate: Tensor(rate, dtype: dtype),
      step: Tensor(5, dtype: .int32))
    return GoldenExpression(
      result: w, states: states, next: Dictionary(uniqueKeysWithValues: zip(memory, slots)))
  }
}
