import Checkpoints

extension Checkpoint {
  /// The metadata about classes and images, which is exported and imported with the model.
  var identity: [String: String] {
    metadata.filter { ["lemnos.classes", "lemnos.image"].contains($0.key) }
  }
}
