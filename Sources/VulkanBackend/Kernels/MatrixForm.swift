/// How a kernel that multiplies matrices is written: the forms that `matmul` and the convolutions come in.
enum MatrixForm {
  /// Without shared memory, for processors.
  case direct
  /// The same on every device: in float64 networks are checked, not trained, and tiles would not pay.
  case directFloat64
  /// For graphics cards.
  case tiled

  init(isFloat64: Bool, on device: DeviceTraits) {
    self = isFloat64 ? .directFloat64 : device.isSoftware ? .direct : .tiled
  }
}
