/// Which parameters weight decay shrinks.
public enum WeightDecayScope: String, Codable, Hashable, Sendable, CaseIterable {
  /// The matrices of dense layers and the filters of convolutions; biases, scales and shifts are exempt.
  case weights

  /// All that is learned, as PyTorch's optimizers do if they are given a model's parameters in one group.
  case allParameters

  package func includes(_ role: State.Role) -> Bool {
    switch self {
    case .weights: role == .weight
    case .allParameters: role == .weight || role == .bias
    }
  }
}
