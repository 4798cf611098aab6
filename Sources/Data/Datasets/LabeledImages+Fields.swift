public import Tensors

/// Images with labels: fields `images`, uint8 `[C, H, W]`, and `labels`, int32.
extension LabeledImages: DataSource {
  public static let imagesField = "images"
  public static let labelsField = "labels"

  public var fields: [DataField] { Self.fields(of: shape) }

  package static func fields(of shape: ImageShape) -> [DataField] {
    [
      DataField(imagesField, [shape.channels, shape.height, shape.width], dtype: .uint8),
      DataField(labelsField, [], dtype: .int32),
    ]
  }

  public func read(_ rows: [Int], into targets: [UnsafeMutableRawBufferPointer]) {
    pixels.withUnsafeBytes { $0.copyRows(rows, of: shape.count, to: targets[0]) }
    labels.withUnsafeBytes { $0.copyRows(rows, of: MemoryLayout<Int32>.size, to: targets[1]) }
  }

  public func values(ofField index: Int) -> TensorValues? {
    index == 0
      ? TensorValues(
        bytes: pixels, shape: [count, shape.channels, shape.height, shape.width], dtype: .uint8)
      : TensorValues(labels, shape: [count])
  }
}
