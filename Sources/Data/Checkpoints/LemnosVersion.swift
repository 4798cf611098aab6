/// The release, as printed by `lemnos --version` and recorded in checkpoints, journals of runs and ONNX
/// models.
public enum LemnosVersion {
  /// A semantic version, equal to the release's tag.
  ///
  /// A test compares it with CHANGELOG.md and Package.swift.
  public static let current = "0.1.0"
}
