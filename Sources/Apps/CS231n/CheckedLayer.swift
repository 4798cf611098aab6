package import Lemnos

/// The layers of `lemnos gradcheck --layer`, each with a small test input of odd sizes.
package enum CheckedLayer: String, CaseIterable {
  case affine
  case relu
  case conv2d
  case maxPool2D = "max-pool2d"
  case averagePool2D = "average-pool2d"
  case globalAveragePool2D = "global-average-pool2d"
  case batchNorm = "batch-norm"
  case spatialBatchNorm = "spatial-batch-norm"
  case layerNorm = "layer-norm"
  case groupNorm = "group-norm"
  case dropout
  case affineReLU = "affine-relu"
  case affineNormReLUDropout = "affine-norm-relu-dropout"
  case convReLU = "conv-relu"
  case convReLUPool = "conv-relu-pool"
  case convNormReLU = "conv-norm-relu"
  case basicBlock = "basic-block"
  case bottleneck
  case multiHeadAttention = "multi-head-attention"
  case swiGLU = "swiglu"

  package var layer: any Layer {
    switch self {
    case .affine: Dense(5, of: .example)
    case .relu: ReLU()
    case .conv2d: Convolution2D(filters: 4, kernel: 3, stride: 2, padding: .uniform(1))
    case .maxPool2D: MaxPool2D(window: 3, stride: 2)
    case .averagePool2D: AveragePool2D(window: 2)
    case .globalAveragePool2D: GlobalAveragePool2D()
    case .batchNorm, .spatialBatchNorm: BatchNorm()
    case .layerNorm: LayerNorm()
    case .groupNorm: GroupNorm(groups: 2)
    case .dropout: Dropout(0.4)
    case .affineReLU: Sequential([Dense(5, of: .example), ReLU()])
    // Without a bias: normalization cancels it, so that differences would be rounding errors only.
    case .affineNormReLUDropout:
      Sequential([Dense(5, of: .example, bias: false), BatchNorm(), ReLU(), Dropout(0.4)])
    case .convReLU: Sequential([Convolution2D(filters: 3, kernel: 3, padding: .same), ReLU()])
    case .convReLUPool:
      Sequential([Convolution2D(filters: 3, kernel: 3, padding: .same), ReLU(), MaxPool2D(window: 2)])
    case .convNormReLU:
      Sequential([Convolution2D(filters: 3, kernel: 3, padding: .same, bias: false), BatchNorm(), ReLU()])
    case .basicBlock: BasicBlock(filters: 4, stride: 2)
    case .bottleneck: Bottleneck(width: 2, stride: 2)
    // Without biases: that of the keys changes no result.
    case .multiHeadAttention: MultiHeadAttention(heads: 4, keyValueHeads: 2, causal: true, bias: false)
    case .swiGLU: SwiGLU(width: 5)
    }
  }

  package var input: Shape {
    switch self {
    case .affine, .relu, .dropout, .affineReLU, .affineNormReLUDropout: [4, 3, 5]
    case .batchNorm: [7, 5]
    case .multiHeadAttention, .swiGLU: [2, 5, 8]
    case .layerNorm, .groupNorm: [3, 4, 3, 2]
    case .conv2d, .maxPool2D, .averagePool2D, .globalAveragePool2D, .spatialBatchNorm, .convReLU,
      .convReLUPool,
      .convNormReLU, .basicBlock, .bottleneck:
      [2, 3, 7, 6]
    }
  }
}
