/// Text formatting of metrics: display names, and digits by magnitude.
package enum MetricText {
  /// Fractions in percent; other numbers as losses.
  package static func text(_ x: Double, of metric: String) -> String {
    isFraction(metric) ? "\(NumberText.decimal(x * 100, 2)) %" : NumberText.loss(x)
  }

  /// The same for a terminal, with fractions as decimals.
  package static func plain(_ x: Double, of metric: String) -> String {
    isFraction(metric) ? NumberText.decimal(x, 4) : NumberText.loss(x)
  }

  /// "accuracy", and "top5": the fraction of examples whose label is among the five most likely.
  private static func isFraction(_ metric: String) -> Bool {
    metric == "accuracy" || metric.wholeMatch(of: /top\d+/) != nil
  }

  /// As it stands above a curve: Accuracy, Top-5 accuracy, R², MAE.
  package static func title(of metric: String) -> String {
    switch metric {
    case "r2": "R²"
    case "mae", "rmse", "mse", "auc": metric.uppercased()
    case "iou": "IoU"
    case "f1": "F1"
    case _ where isFraction(metric) && metric != "accuracy": "Top-\(metric.dropFirst(3)) accuracy"
    default: metric.prefix(1).uppercased() + metric.dropFirst()
    }
  }
}
