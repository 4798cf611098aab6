import Lemnos
import Reports

extension Part {
  static let beyond = Part(name: "beyond", title: "Beyond the assignment") { reproduction in
    let better = try reproduction.trials(.betterConvNet, images: 1000)
    let best = try reproduction.trials(.tenMinutes, images: 1000, epochs: 2)
    return Result(
      claims: better.claims + best.claims,
      blocks: [
        .paragraph(
          "The same convolutional network and one epoch, done as it is today: weights of √(2 / inputs) (He et al. 2015), "
            + "pixels divided by their standard deviation, images in shuffled order, and a rate that rises and falls once."
        ),
        .figures(better.figures("better-convnet")),
        .paragraph(
          "And what about ten minutes on two cores come to: six convolutions with batch normalization, images mirrored and "
            + "shifted at random, Nesterov momentum, one cycle of the rate."),
        .figures(best.figures("ten-minutes")),
      ])
  }
}

extension Experiment {
  static let betterConvNet = Experiment(
    name: "Convnet, done better", model: { ThreeLayerConvNet(hidden: 500, classes: $0) },
    optimizer: Adam(learningRate: 1e-3), images: nil, epochs: 1, batchSize: 50, seeds: 5,
    regularization: 1e-3,
    schedule: OneCycle(epochs: 1), normalization: .standardized, sampling: .shuffled
  )
  .expecting(.validationAccuracy, published: 0.485, torch: (0.473, 0.012), runs: 5)

  static let tenMinutes = Experiment(
    name: "Six convolutions with batch norm", model: { SixConvolutions(classes: $0) },
    optimizer: NesterovMomentum(learningRate: 0.05), images: nil, epochs: 12, batchSize: 100, seeds: 1,
    regularization: 5e-4, schedule: OneCycle(epochs: 12), normalization: .standardized, sampling: .shuffled,
    augmentation: Augmentation(horizontalFlip: true, shift: 4)
  )
  .expecting(.validationAccuracy)
}

/// Three times two convolutions of 3×3 with batch normalization and ReLU, each pair with a 2×2 max pool; global average
/// pooling; affine.
private struct SixConvolutions: Layer {
  let classes: Int

  func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    Sequential {
      for filters in [16, 32, 64] {
        Convolution2D(filters: filters, kernel: 3, padding: .same, bias: false)
        BatchNorm()
        ReLU()
        Convolution2D(filters: filters, kernel: 3, padding: .same, bias: false)
        BatchNorm()
        ReLU()
        MaxPool2D(window: 2)
      }
      GlobalAveragePool2D()
      Dense(classes)
    }
    .forward(x, in: pass)
  }
}
