import Datasets
import Tensors

/// The images of one split, and what they are on a device where all of them are there.
struct ImageSet {
  let name: String
  let count: Int
  /// None where only their number and size are known.
  let images: LabeledImages
  let resident: ResidentImages

  init(_ name: String, _ images: LabeledImages) {
    (self.name, self.images, count) = (name, images, images.count)
    resident = ResidentImages(name, images)
  }

  /// Images of which only the size is known: to be planned with.
  init(_ name: String, count: Int, of shape: ImageShape) throws {
    (self.name, self.count) = (name, count)
    images = try LabeledImages(pixels: [], labels: [], shape: shape)
    resident = ResidentImages(name, count: count, of: shape)
  }

  var shape: ImageShape { images.shape }

  /// On a device where all of them are there.
  var byteCount: Int { resident.images.byteCount + resident.labels.byteCount }
}
