package import Checkpoints
package import Datasets
import FoundationEssentials
import Tensors

/// The meaning of a model's inputs and outputs: the shape of images, and the class names.
///
/// Saved in checkpoints, so that a model can be used without its data set.
package struct ModelIdentity {
  let classNames: [String]
  let shape: ImageShape

  private static let classesKey = "lemnos.classes"
  private static let shapeKey = "lemnos.image"

  package init(classNames: [String], shape: ImageShape) {
    (self.classNames, self.shape) = (classNames, shape)
  }

  /// As stored in a checkpoint: a list in JSON, and channels×height×width separated by x.
  package var metadata: [String: String] {
    guard let names = try? JSONEncoder().encode(classNames) else {
      preconditionFailure("texts have a form in JSON")
    }
    return [
      Self.classesKey: String(decoding: names, as: UTF8.self),
      Self.shapeKey: "\(shape.channels)x\(shape.height)x\(shape.width)",
    ]
  }

  /// The class names in a checkpoint; nil if it has none.
  package static func classNames(in checkpoint: Checkpoint) -> [String]? {
    guard let text = checkpoint.metadata[classesKey],
      let names = try? JSONDecoder().decode([String].self, from: Data(text.utf8)), !names.isEmpty
    else { return nil }
    return names
  }

  /// Refuses a checkpoint of other classes, or of the same ones in another order, which would change the
  /// labels' meaning.
  ///
  /// - Parameter path: of the file, for the error.
  func checkClasses(of checkpoint: Checkpoint, path: String) throws(CheckpointError) {
    guard let names = Self.classNames(in: checkpoint), names != classNames else { return }
    let matching: ClassMatching
    do throws(DatasetError) {
      matching = try ClassMatching(of: classNames, among: names, path: nil)
    } catch {
      throw CheckpointError(.unusable, path: path, "is of other classes than the images: \(error.message)")
    }
    guard matching.isByNumber, names.count == classNames.count else {
      throw CheckpointError(
        .unusable, path: path,
        "has the images' classes in another order, or others besides: match the images to its names first")
    }
  }

  /// The shape of a model's images, from its checkpoint; nil if it has none.
  package static func shape(in checkpoint: Checkpoint) -> ImageShape? {
    let sizes = checkpoint.metadata[shapeKey]?.split(separator: "x").map { Int($0) ?? 0 } ?? []
    // More than any image has, and small enough not to overflow.
    let most = 1 << 24
    guard sizes.count == 3, sizes.allSatisfy({ (1...most).contains($0) }) else { return nil }
    let (plane, overflows) = sizes[1].multipliedReportingOverflow(by: sizes[2])
    guard !overflows, plane <= most / sizes[0] else { return nil }
    return ImageShape(channels: sizes[0], height: sizes[1], width: sizes[2])
  }
}
