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
    pixels.copyRows(rows, of: shape.count, to: targets[0])
    let own = targets[1].bindMemory(to: Int32.self)
    for (index, row) in rows.enumerated() { own[index] = labels[row] }
  }

  public func bytes(ofField index: Int) -> Bytes? {
    index == 0 ? pixels : Bytes(labels.withUnsafeBytes { Array($0) })
  }
}
