import Datasets
import Tensors

/// Images and labels in the backend's memory, so that a step can pick its batch without the host.
struct ResidentImages {
  let images: State
  let labels: State

  init(_ name: String, _ data: LabeledImages) {
    self.init(
      name, count: data.count, of: data.shape,
      images: { .values(TensorValues(bytes: data.pixels, shape: $0, dtype: .uint8)) },
      labels: .values(TensorValues(data.labels, shape: [data.count])))
  }

  /// Images of which only the size is known: black ones, all of the first class.
  init(_ name: String, count: Int, of shape: ImageShape) {
    self.init(name, count: count, of: shape, images: { _ in .zeros }, labels: .zeros)
  }

  private init(
    _ name: String, count: Int, of image: ImageShape, images: (Shape) -> InitialValue, labels: InitialValue
  ) {
    let shape = Shape([count, image.channels, image.height, image.width])
    self.images = State("\(name).images", shape, dtype: .uint8, role: .data, initial: images(shape))
    self.labels = State("\(name).labels", [count], dtype: .int32, role: .data, initial: labels)
  }

  /// Whether a state of a step holds images or labels: what else it has for data are losses, which are no whole numbers.
  static func holds(_ state: State) -> Bool { state.role == .data && state.dtype != .float32 }
}
