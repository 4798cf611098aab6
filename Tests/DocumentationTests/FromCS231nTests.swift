import Foundation
import Lemnos
import Testing

@Suite("The guide from CS231n")
struct FromCS231nTests {
  /// The names that the assignment defines.
  private static let names = """
    affine_forward affine_backward relu_forward relu_backward affine_relu_forward affine_relu_backward
    affine_bn_relu_forward batchnorm_forward batchnorm_backward batchnorm_backward_alt layernorm_forward
    layernorm_backward dropout_forward dropout_backward conv_forward_naive conv_backward_naive conv_forward_fast
    conv_backward_fast max_pool_forward_naive max_pool_backward_naive max_pool_forward_fast max_pool_backward_fast
    conv_relu_forward conv_bn_relu_forward conv_relu_pool_forward spatial_batchnorm_forward
    spatial_batchnorm_backward spatial_groupnorm_forward spatial_groupnorm_backward svm_loss softmax_loss
    TwoLayerNet FullyConnectedNet ThreeLayerConvNet input_dim hidden_dim hidden_dims num_classes num_filters
    filter_size weight_scale reg normalization use_batchnorm dropout dropout_keep_ratio seed dtype sgd sgd_momentum
    rmsprop adam learning_rate momentum velocity decay_rate epsilon cache beta1 beta2 Solver update_rule
    optim_config lr_decay batch_size num_epochs print_every verbose num_train_samples num_val_samples
    checkpoint_name train check_accuracy loss_history train_acc_history val_acc_history best_val_acc best_params
    eval_numerical_gradient eval_numerical_gradient_array rel_error get_CIFAR10_data bn_param conv_param
    dropout_param gn_param
    """

  @Test("has every name of the assignment")
  func complete() throws {
    let text = try Document("Documentation/From-CS231n.md").text
    let code = text.matches(of: /`([^`\n]+)`/).map { String($0.output.1) }.joined(separator: " ")
    let known = Set(code.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init))
    let names = Self.names.split(whereSeparator: \.isWhitespace).map(String.init)
    #expect(names.filter { !known.contains($0) } == [])
  }

  private let ones = Tensor([Float](repeating: 1, count: 4), shape: [2, 2])

  @Test("is right about forward and backward passes")
  func passes() throws {
    let x = Tensor([Float(1), 2, 3, 4], shape: [2, 2])
    let w = Tensor([Float(1), 0, 0, 1], shape: [2, 2])
    let gradients = try passesOfTheGuide(x: x, w: w, b: Tensor([Float(1), 1], shape: [2]), dout: ones)
    #expect(gradients.map(\.doubles) == [[1, 1, 1, 1], [4, 4, 6, 6], [2, 2]])
    #expect(try checkGradients(of: Cube(), input: [3, 4]).failures().isEmpty)
    #expect(try convolutionsOfTheGuide() < 1e-5)
  }

  @Test("is right about parameters and running means")
  func parameters() throws {
    let x = Tensor([Float(1), 10, 3, 30], shape: [2, 2])
    let found = try parametersOfTheGuide(x: x, dout: ones).map(\.doubles)
    // out, dx, dγ, dβ; then 0.1 times the batch's mean, and 0.9 plus 0.1 times its variance.
    let expected = [
      [-1, -1, 1, 1], [0, 0, 0, 0], [0, 0], [2, 2], [0.2, 2], [1.0, 10.9],
    ]
    for (a, b) in zip(found, expected) {
      #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-5 }, "\(a), \(b)")
    }
  }

  @Test("is right about every layer's gradient")
  func layers() throws {
    let reports = try layersOfTheGuide()
    #expect(reports.count == 15)
    for (name, report) in reports { #expect(report.failures().isEmpty, "\(name): \(report)") }
    #expect(try numericalGradientOfTheGuide().failures().isEmpty)
  }

  @Test("is right about what dropout's p means")
  func dropouts() throws {
    let kept = try dropoutsOfTheGuide(p: 0.75).map { layer in
      try layer.forward(.full([10_000], 1), in: Pass(.training, states: StateStore())).values().doubles
        .count { $0 != 0 }
    }
    // The standard deviation is 43.
    #expect(abs(kept[0] - 7500) < 220 && abs(kept[1] - 2500) < 220)
  }

  @Test("is right about losses")
  func losses() throws {
    let scores = Tensor([Float](repeating: 0, count: 20), shape: [2, 10])
    let found = try lossesOfTheGuide(x: scores, y: Tensor([Int32(3), 0], shape: [2]))
    #expect(abs(found[0].doubles[0] - 2.302585) < 1e-5)  // log 10
    #expect(found[1].doubles[0] == 9)
    #expect(abs(found[2].doubles[3] + 0.45) < 1e-6)
  }

  @Test("is right about networks and their loss")
  func models() throws {
    #expect(modelsOfTheGuide().count == 3)
    let x = Tensor((0..<30).map { Float($0) / 15 - 1 }, shape: [2, 15])
    let (loss, names, report) = try modelLossOfTheGuide(x: x, y: Tensor([Int32(0), 7], shape: [2]))
    #expect(names == ["0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"])
    // 1,200 weights of variance 0.0025: log 10 + 3.14 / 2 · 3, within a tenth.
    #expect(abs(loss - (2.3026 + 4.71)) < 0.7)
    #expect(report.failures().isEmpty)
  }

  @Test("is right about update rules")
  func updates() throws {
    #expect(rulesOfTheGuide().keys.sorted() == ["adam", "rmsprop", "sgd", "sgd_momentum"])
    let found = try updateOfTheGuide(
      w: Tensor([Float(1), 2], shape: [2]), dw: Tensor([Float(10), -10], shape: [2]),
      velocity: Tensor([Float(1), 1], shape: [2])
    ).map(\.doubles)
    let expected = [[1.89, 2.91], [0.89, 0.91]]
    for (a, b) in zip(found, expected) { #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-6 }) }
  }

  @Test("is right about the solver")
  func solver() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "lemnos-\(UUID()).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let solver = try solverOfTheGuide(data: .bundled())
    #expect(solver.stepsPerEpoch == 50)
    let (history, parameters) = try attributesOfTheGuide(solver: solver, path: path)
    #expect(history.losses.count == 50)
    #expect(parameters.contains("0.weight") && parameters.contains("2.bias"))
    #expect(try Checkpoint(contentsOf: path).tensors["history.losses"]?.shape == [50])
    #expect(throws: DatasetError.self) { try dataOfTheGuide(folder: "/no/such/folder") }
  }
}
