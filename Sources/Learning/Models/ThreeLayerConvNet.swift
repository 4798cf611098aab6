public import Layers
public import Tensors

/// CS231n's convolutional network: conv – ReLU – 2×2 max pool – affine – ReLU – affine.
///
/// Takes `[N, C, H, W]` and gives scores `[N, classes]`. The convolution keeps the image's size.
public struct ThreeLayerConvNet: Layer {
  public let filters: Int
  public let kernel: Int
  public let hidden: Int
  public let classes: Int

  public init(filters: Int = 32, kernel: Int = 7, hidden: Int = 100, classes: Int) {
    self.filters = filters
    self.kernel = kernel
    self.hidden = hidden
    self.classes = classes
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    Sequential {
      Convolution2D(filters: filters, kernel: kernel, padding: .same)
      ReLU()
      MaxPool2D(window: 2)
      Dense(hidden)
      ReLU()
      Dense(classes)
    }
    .forward(x, in: pass)
  }
}
