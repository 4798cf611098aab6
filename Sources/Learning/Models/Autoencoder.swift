public import Layers
public import Tensors

/// An autoencoder: images `[N, C, H, W]` to a code of a few numbers, and back to images of numbers from 0 to
/// 1.
///
/// The encoder is two convolutions of stride 2 and a dense layer; the decoder a dense layer and two
/// transposed convolutions.
///
/// - SeeAlso: Hinton & Salakhutdinov 2006, "Reducing the dimensionality of data with neural networks".
public struct Autoencoder: Layer {
  /// The size of the code.
  public let code: Int
  /// Filters of the two convolutions.
  public let widths: [Int]

  public init(code: Int = 32, widths: [Int] = [16, 32]) {
    precondition(
      code > 0 && widths.count == 2 && widths.allSatisfy { $0 > 0 },
      "an autoencoder needs a code and two widths, not \(code) and \(widths)")
    (self.code, self.widths) = (code, widths)
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil, x.rank == 4 else {
      return x.error == nil ? .invalid("autoencoder", "takes images [N, C, H, W], not \(x.shape)") : x
    }
    let (count, channels, height, width) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    var y = x
    for (number, filters) in widths.enumerated() {
      y = Convolution2D(filters: filters, kernel: 3, stride: 2, padding: .uniform(1))(
        y, in: pass, as: "encode\(number)")
      y = relu(y)
    }
    guard y.error == nil else { return y }
    let (rows, columns) = (y.shape[2], y.shape[3])
    let z = Dense(code)(y, in: pass, as: "code")
    y = relu(Dense(widths[1] * rows * columns)(z, in: pass, as: "decode"))
      .reshaped([count, widths[1], rows, columns])
    for (number, filters) in [widths[0], channels].enumerated() {
      y = TransposedConvolution2D(filters: filters, kernel: 4, stride: 2, padding: 1)(
        y, in: pass, as: "decode\(number)")
      if number == 0 { y = relu(y) }
    }
    guard y.error == nil else { return y }
    // Sides that are no multiple of 4 come back a little larger.
    return sigmoid(y.sliced(from: [0, 0, 0, 0], [count, channels, height, width]))
  }
}
