/// The names of the files in a run's folder, except checkpoints.
public enum RunFiles {
  /// All settings of the run, in YAML.
  public static let configuration = "config.yaml"
  /// The model's predictions on sample images.
  public static let inspection = "inspection.json"
  /// The misclassified images of the inspection, in its order, row by row.
  public static let mistakes = "mistakes.png"
  public static let mistakeColumns = 8
  /// The filters of the first convolution.
  public static let filters = "filters.png"
  /// The report of the run.
  public static let report = "report.html"
}
