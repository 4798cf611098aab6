public import Tensors
import Wording

/// Images of one shape, each with a class index.
public struct LabeledImages: Hashable, Sendable {
  /// `[N, C, H, W]`, the last index running fastest, 0…255.
  public let pixels: Bytes
  /// `[N]`: the class of each image, from 0.
  public let labels: [Int32]
  /// The size of each image.
  public let shape: ImageShape

  /// Joins pixels and labels.
  ///
  /// - Throws: `DatasetError` (`.unusable`) unless there are `shape.count` pixels per label.
  public init(pixels: [UInt8], labels: [Int32], shape: ImageShape) throws(DatasetError) {
    try self.init(pixels: Bytes(pixels), labels: labels, shape: shape)
  }

  /// The same of pixels that are shared with others.
  public init(pixels: Bytes, labels: [Int32], shape: ImageShape) throws(DatasetError) {
    let (expected, overflow) = labels.count.multipliedReportingOverflow(by: shape.count)
    guard !overflow, pixels.count == expected else {
      throw DatasetError(
        .unusable,
        """
        \(labels.count.grouped) images of \(shape) and \(pixels.count.grouped) pixel values do not fit \
        together: an image has \(shape.count.grouped)
        """)
    }
    self.init(checkedPixels: pixels, labels: labels, shape: shape)
  }

  private init(checkedPixels pixels: Bytes, labels: [Int32], shape: ImageShape) {
    self.pixels = pixels
    self.labels = labels
    self.shape = shape
  }

  /// The number of images.
  public var count: Int { labels.count }

  /// The values of one image, `[C, H, W]`.
  public func image(at index: Int) -> Bytes {
    pixels.part(index * shape.count..<(index + 1) * shape.count)
  }

  /// The images of a range, whose pixels are shared with these.
  ///
  /// - Precondition: the range lies in 0…`count`.
  public func subrange(_ range: Range<Int>) -> LabeledImages {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count,
      "images \(range) were asked for, but there are \(count)")
    return LabeledImages(
      checkedPixels: pixels.part(range.lowerBound * shape.count..<range.upperBound * shape.count),
      labels: Array(labels[range]),
      shape: shape)
  }

  /// The images with these indices, copied, in this order.
  func picked(_ numbers: [Int]) -> LabeledImages {
    let picked = [UInt8](unsafeUninitializedCapacity: numbers.count * shape.count) { buffer, filled in
      filled = numbers.count * shape.count
      pixels.copyRows(
        numbers, of: shape.count,
        to: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<filled]))
    }
    return LabeledImages(checkedPixels: Bytes(picked), labels: numbers.map { labels[$0] }, shape: shape)
  }

  /// The first images, or all if there are fewer.
  public func prefix(_ length: Int) -> LabeledImages {
    length >= count ? self : subrange(0..<max(length, 0))
  }

  /// The same images with class i changed to class `numbers[i]`.
  func relabelled(_ numbers: [Int]) -> LabeledImages {
    guard numbers != Array(numbers.indices) else { return self }
    return LabeledImages(
      checkedPixels: pixels, labels: labels.map { Int32(numbers[Int($0)]) }, shape: shape)
  }

  /// Converts colour images to luma, 0.299 red + 0.587 green + 0.114 blue, as `Picture` does.
  ///
  /// Images that are not RGB are unchanged.
  public func inGrey() -> LabeledImages {
    guard shape.channels == 3 else { return self }
    let plane = shape.height * shape.width
    var grey: [UInt8] = []
    grey.reserveCapacity(count * plane)
    for image in 0..<count {
      let first = image * shape.count
      for place in first..<first + plane {
        let red = 299 * Int(pixels[place])
        let green = 587 * Int(pixels[place + plane])
        let blue = 114 * Int(pixels[place + 2 * plane])
        grey.append(UInt8((red + green + blue + 500) / 1000))
      }
    }
    let shape = ImageShape(channels: 1, height: shape.height, width: shape.width)
    return LabeledImages(checkedPixels: Bytes(grey), labels: labels, shape: shape)
  }

  /// The number of images of each class.
  ///
  /// - Precondition: every label is less than `classCount`, as it is in a `Dataset`.
  public func imagesPerClass(_ classCount: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: classCount)
    for label in labels { counts[Int(label)] += 1 }
    return counts
  }
}

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

extension LabeledImages {
  /// CRC-32 of the pixels, then the labels.
  public var checksum: UInt32 {
    labels.withUnsafeBytes { CRC32.checksum(of: $0, continuing: CRC32.checksum(of: pixels)) }
  }
}
