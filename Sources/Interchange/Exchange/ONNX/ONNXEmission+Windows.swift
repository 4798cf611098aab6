import ONNXFormat
import Tensors

extension ONNXEmission {
  /// Strides, dilations and padding: ONNX lists the padding of all beginnings first.
  func attributes(_ geometry: WindowGeometry, window: [Int]) -> [ONNXAttributeProto] {
    let padding = geometry.padding
    return [
      .numbers("kernel_shape", window), .numbers("strides", geometry.stride),
      .numbers("pads", [padding[0], padding[2], padding[1], padding[3]]),
      .numbers("dilations", geometry.dilation),
    ]
  }
}
