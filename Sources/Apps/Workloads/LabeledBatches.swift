package import Lemnos

/// Batches for training, in a fixed order that repeats: neither shuffled nor normalized.
package struct LabeledBatches {
  /// float32 `[batches, N, 3, 32, 32]`.
  let images: TensorValues
  /// int32 `[batches, N]`.
  let labels: TensorValues

  package var batchSize: Int { images.shape[1] }
  var count: Int { images.shape[0] }

  /// Reads them from a file with the tensors `images` and `labels`.
  ///
  /// - Throws: `CheckpointError` if those are missing, of other shapes or types, or if labels are no
  ///   classes.
  package init(_ file: Checkpoint, path: String) throws(CheckpointError) {
    guard let images = file.tensors["images"], let labels = file.tensors["labels"] else {
      throw CheckpointError(
        .unusable, path: path, "has to hold 'images' and 'labels', but holds \(file.tensors.keys.sorted())")
    }
    let shape = images.shape
    guard images.dtype == .float32, shape.rank == 5, Array(shape.dimensions[2...]) == Workload.imageShape,
      shape.count > 0
    else {
      throw CheckpointError(
        .unusable, path: path,
        "holds images as \(images.dtype)\(shape), but float32[batches, N, 3, 32, 32] is needed")
    }
    guard labels.dtype == .int32, labels.shape == [shape[0], shape[1]] else {
      throw CheckpointError(
        .unusable, path: path,
        "holds labels as \(labels.dtype)\(labels.shape), but its images \(shape) need int32[\(shape[0]), \(shape[1])]"
      )
    }
    if let wrong = labels.elements(as: Int32.self).first(where: {
      !(0..<Int32(Workload.classes)).contains($0)
    }) {
      throw CheckpointError(
        .unusable, path: path, "has a label \(wrong), but labels are from 0 to \(Workload.classes - 1)")
    }
    (self.images, self.labels) = (images, labels)
  }
}
