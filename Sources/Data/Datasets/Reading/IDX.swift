import Tensors
import Wording

/// The IDX file format, as of MNIST: a magic number, the size of each dimension, then the values.
///
/// Header numbers are 32 bits, big-endian.
///
/// - SeeAlso: LeCun, Cortes & Burges, "The MNIST database of handwritten digits", at the end of the page.
enum IDX {
  /// Unsigned bytes (8) in three dimensions: images, rows, columns.
  static let imagesMagic = 0x0000_0803
  /// Unsigned bytes (8) in one dimension.
  static let labelsMagic = 0x0000_0801

  /// Reads images of one channel: `[N, 1, H, W]`.
  ///
  /// - Throws: `DatasetError` (`.unusable`) unless the content matches the header exactly.
  static func images(
    _ stream: ByteStream
  ) throws(DatasetError) -> (pixels: Bytes, count: Int, shape: ImageShape) {
    let (count, shape) = try imageSize(stream)
    let (height, width) = (shape.height, shape.width)
    let what = "the pixels of \(count.grouped) images of \(height)×\(width)"
    let pixels = try stream.take(exactly: count * shape.count, of: what)
    try stream.expectEnd(after: what)
    return (pixels, count, shape)
  }

  /// Reads the header of a file of images: their number and size.
  ///
  /// - Throws: `DatasetError` (`.unusable`) unless it is a plausible header of images.
  static func imageSize(_ stream: ByteStream) throws(DatasetError) -> (count: Int, shape: ImageShape) {
    let header = try header(of: stream, magic: imagesMagic, dimensions: 3, content: "images")
    let (count, height, width) = (header[0], header[1], header[2])
    guard count > 0, height > 0, width > 0 else {
      throw DatasetError(
        .unusable, path: stream.path,
        "the header says \(count.grouped) images of \(height)×\(width): there is nothing in it")
    }
    // The product of two 32-bit sizes fits into 64 bits; with the third it may not.
    let (plane, planeOverflow) = height.multipliedReportingOverflow(by: width)
    let (_, sizeOverflow) = plane.multipliedReportingOverflow(by: count)
    guard !planeOverflow, !sizeOverflow else {
      throw DatasetError(
        .unusable, path: stream.path,
        "the header says \(count.grouped) images of \(height)×\(width), more than any file holds")
    }
    return (count, ImageShape(channels: 1, height: height, width: width))
  }

  /// Reads labels: `[N]`.
  ///
  /// - Throws: `DatasetError` (`.unusable`) unless the content matches the header exactly.
  static func labels(_ stream: ByteStream) throws(DatasetError) -> [UInt8] {
    let count = try header(of: stream, magic: labelsMagic, dimensions: 1, content: "labels")[0]
    guard count > 0 else {
      throw DatasetError(.unusable, path: stream.path, "the header says 0 labels: there is nothing in it")
    }
    let what = "\(count.grouped) labels"
    let labels = try stream.read(exactly: count, of: what)
    try stream.expectEnd(after: what)
    return labels
  }

  /// Reads images and their labels, from two files that must agree.
  ///
  /// - Throws: `DatasetError` (`.unusable`) also if the counts differ or a label is no class.
  static func labeledImages(
    images imageStream: ByteStream, labels labelStream: ByteStream, classes: Int
  ) throws(DatasetError) -> LabeledImages {
    let labels = try labels(labelStream).map(Int32.init)
    try labels.check(classes: classes, path: labelStream.path)
    return try labeledImages(images: imageStream, labels: labels, path: labelStream.path)
  }

  /// Reads images, which must be as many as the labels.
  ///
  /// - Parameter path: of the labels' file, for error messages.
  static func labeledImages(
    images imageStream: ByteStream, labels: [Int32], path: String
  ) throws(DatasetError) -> LabeledImages {
    let (pixels, count, shape) = try images(imageStream)
    guard count == labels.count else {
      throw DatasetError(
        .unusable, path: imageStream.path,
        "this holds \(count.grouped) images, but \(path) holds \(labels.count.grouped) labels")
    }
    return try LabeledImages(pixels: pixels, labels: labels, shape: shape)
  }

  /// Reads the magic number, checks it, and returns the sizes that follow.
  private static func header(
    of stream: ByteStream, magic: Int, dimensions: Int, content: String
  ) throws(DatasetError) -> [Int] {
    let bytes = try stream.read(exactly: 4 + 4 * dimensions, of: "the header of an IDX file of \(content)")
    func number(at offset: Int) -> Int {
      bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    let found = number(at: 0)
    guard found == magic else {
      let hint =
        switch found {
        case imagesMagic: ": these are images"
        case labelsMagic: ": these are labels"
        default: ": this is another kind of file"
        }
      throw DatasetError(
        .unusable, path: stream.path,
        """
        the file starts with \(hexadecimal(found)), but IDX \(content) start with \(hexadecimal(magic))\(hint)
        """)
    }
    return (1...dimensions).map { number(at: 4 * $0) }
  }

  private static func hexadecimal(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
  }
}
