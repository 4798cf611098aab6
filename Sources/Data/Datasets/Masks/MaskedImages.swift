public import Tensors

/// Images with a class per pixel: fields `images`, uint8 `[C, H, W]`, and `masks`, uint8 `[H, W]`.
public struct MaskedImages: DataSource {
  public static let (imagesField, masksField) = ("images", "masks")

  /// The class index of pixels that count for nothing, where masks have such.
  public static let ignored = 255

  public let shape: ImageShape

  private let examples: ArraySource

  /// - Parameters:
  ///   - images: one after another, `[C, H, W]` each.
  ///   - masks: the class index of each pixel.
  /// - Throws: `DatasetError` (`.unusable`) if their numbers differ.
  public init(images: [UInt8], masks: [UInt8], shape: ImageShape) throws(DatasetError) {
    self.shape = shape
    let plane = shape.height * shape.width
    let count = images.count / shape.count
    guard images.count == count * shape.count, masks.count == count * plane else {
      throw DatasetError(
        .unusable,
        "\(images.count) values of images and \(masks.count) of masks are not as many of \(shape) with a mask each"
      )
    }
    examples = try ArraySource([
      (
        Self.imagesField,
        TensorValues(bytes: images, shape: [count, shape.channels, shape.height, shape.width], dtype: .uint8)
      ),
      (
        Self.masksField, TensorValues(bytes: masks, shape: [count, shape.height, shape.width], dtype: .uint8)
      ),
    ])
  }

  public var count: Int { examples.count }
  public var fields: [DataField] { examples.fields }
  public var checksum: UInt32 { examples.checksum }

  public func read(_ rows: [Int], into targets: [UnsafeMutableRawBufferPointer]) {
    examples.read(rows, into: targets)
  }

  public func bytes(ofField index: Int) -> Bytes? { examples.bytes(ofField: index) }
}
