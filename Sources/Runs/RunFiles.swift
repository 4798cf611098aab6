/// The names of what lies in a run's folder, besides its checkpoints.
public enum RunFiles {
  /// Everything that decides the run, in YAML.
  public static let configuration = "config.yaml"
  /// What the model takes images for.
  public static let inspection = "inspection.json"
  /// The images of the inspection's mistakes, in its order, row by row.
  public static let mistakes = "mistakes.png"
  public static let mistakeColumns = 8
  /// The filters of the first convolution.
  public static let filters = "filters.png"
  /// The run as one page.
  public static let report = "report.html"
}
