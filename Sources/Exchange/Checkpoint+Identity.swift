import Checkpoints

extension Checkpoint {
  /// What it says of its classes and images: texts that go along with the model, to others and back.
  var identity: [String: String] {
    metadata.filter { ["lemnos.classes", "lemnos.image"].contains($0.key) }
  }
}
