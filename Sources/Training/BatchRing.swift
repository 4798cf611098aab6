import Datasets
import Tensors

/// The next batches of images and labels in the backend's memory, in place of all images: batch i lies in slot i modulo the
/// number of slots.
///
/// The host fills it, see `BatchFeed`.
struct BatchRing {
  /// A power of two, at least 2: one batch may come while another is read.
  let slots: Int
  let batchSize: Int
  let images: State
  let labels: State

  /// Beyond some megabytes the copies are no faster, and a slow moment of the host is already waited out.
  static let usualByteCount = 32 << 20

  /// More than are ever handed over at once, twice.
  private static let mostSlots = 128

  /// - Parameters:
  ///   - batches: how many there are.
  ///   - byteCount: what it should take at most, if that is enough for two batches.
  init(_ name: String, batchSize: Int, of image: ImageShape, batches: Int, upTo byteCount: Int) {
    let fitting = min(byteCount / (batchSize * (image.count + MemoryLayout<Int32>.size)), BatchRing.mostSlots)
      .roundedDownToPowerOfTwo
    var slots = 2
    while slots < min(fitting, batches) { slots *= 2 }
    self.slots = slots
    self.batchSize = batchSize
    images = State(
      "\(name).ring.images", [slots, batchSize, image.channels, image.height, image.width], dtype: .uint8,
      role: .data)
    labels = State("\(name).ring.labels", [slots, batchSize], dtype: .int32, role: .data)
  }

  var byteCount: Int { images.byteCount + labels.byteCount }
}

extension Int {
  /// The greatest power of two that is not greater; 0 for 0.
  var roundedDownToPowerOfTwo: Int { self < 1 ? 0 : 1 << (bitWidth - 1 - leadingZeroBitCount) }
}
