import Tensors

/// The shortcut of a residual block: its input, or a projection of it where the branch changes the shape.
///
/// The projection is a strided 1×1 convolution with batch normalization, `downsample.0` and `downsample.1`.
///
/// - SeeAlso: He et al. 2015, "Deep residual learning for image recognition", section 3.3, option B.
func shortcut(_ x: Tensor, to filters: Int, stride: Int, in pass: Pass) -> Tensor {
  guard x.error == nil, stride != 1 || x.shape[1] != filters else { return x }
  let projection = Sequential {
    Convolution2D(filters: filters, kernel: 1, stride: stride, bias: false)
    BatchNorm()
  }
  return projection(x, in: pass, as: "downsample")
}
