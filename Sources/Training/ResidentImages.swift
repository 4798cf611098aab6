import Datasets
import Tensors

/// Images and labels in the backend's memory, so that a step can pick its batch without the host.
struct ResidentImages {
  let count: Int
  let images: State
  let labels: State

  init(_ name: String, _ data: LabeledImages) {
    let shape = Shape([data.count, data.shape.channels, data.shape.height, data.shape.width])
    count = data.count
    images = State(
      "\(name).images", shape, dtype: .uint8, role: .data,
      initial: .values(TensorValues(bytes: data.pixels, shape: shape, dtype: .uint8)))
    labels = State(
      "\(name).labels", [data.count], dtype: .uint8, role: .data,
      initial: .values(TensorValues(data.labels, shape: [data.count])))
  }

  /// The images, uint8 `[B, C, H, W]`, and labels, int32 `[B]`, with these numbers, int32 `[B]`.
  func batch(at numbers: Tensor) -> (images: Tensor, labels: Tensor) {
    (images.value.gathered(at: numbers), labels.value.gathered(at: numbers).cast(to: .int32))
  }
}
