/// The parameters subject to weight decay.
public enum WeightDecayScope: String, Codable, Hashable, Sendable, CaseIterable {
  /// The matrices of dense layers and the filters of convolutions; biases, scales and shifts are exempt.
  case weights

  /// All parameters, as PyTorch's optimizers do if given a model's parameters in one group.
  case allParameters

  package func includes(_ role: State.Role) -> Bool {
    switch self {
    case .weights: role == .weight
    case .allParameters: role == .weight || role == .bias
    }
  }
}
