import Foundation
import Optimizers
import Tensors

/// Fixtures/pytorch.json: computed by PyTorch in float64 with Fixtures/make_pytorch_goldens.py.
struct PyTorchGolden: Decodable, Sendable {
  struct RunningStatistics: Decodable, Sendable {
    let momentum: Double
    let batches: [Golden.Numbers]
    /// After each batch.
    let means: [[Double]]
    let variances: [[Double]]
  }

  struct Update: Decodable, Sendable {
    let rule: String
    let weightDecay: Double
    let rates: [Double]
    let initial: [Double]
    let gradients: [[Double]]
    /// After each gradient.
    let parameters: [[Double]]
  }

  struct ResidualNet: Decodable, Sendable {
    struct Run: Decodable, Sendable {
      let rule: String
      let weightDecay: Double
      let scope: WeightDecayScope
      let rates: [Double]
      let losses: [Double]
      /// The scores of the first batch in evaluation mode, after the last step.
      let scores: Golden.Numbers
    }

    let widths: [Int]
    let classes: Int
    /// `[batches, N, C, H, W]`.
    let images: Golden.Numbers
    let labels: [Int32]
    /// By PyTorch's names, in its layouts.
    let initial: [String: Golden.Numbers]
    let runs: [Run]
  }

  let runningStatistics: [RunningStatistics]
  let updates: [Update]
  let residualNet: ResidualNet

  static let file = Result {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
      path: "Fixtures/pytorch.json")
    return try JSONDecoder().decode(PyTorchGolden.self, from: Data(contentsOf: url))
  }

  /// The optimizer with a name of the file, in PyTorch's convention.
  static func rule(_ name: String, weightDecay: Double, scope: WeightDecayScope) -> (any Optimizer)? {
    switch name {
    case "momentum": Momentum(learningRate: 1, velocity: .ofGradients)
    case "nesterov": NesterovMomentum(learningRate: 1, velocity: .ofGradients)
    case "adam": Adam(learningRate: 1)
    case "adamw": AdamW(learningRate: 1, weightDecay: weightDecay, scope: scope)
    default: nil
    }
  }
}
