/// Which release this is: what `lemnos --version` prints, and what checkpoints, journals of runs and ONNX models are marked with.
public enum LemnosVersion {
  /// By the rules of semantic versioning; the release's tag is the same.
  ///
  /// CHANGELOG.md and Package.swift say it, too, and a test holds them to it.
  public static let current = "0.1.0"
}
