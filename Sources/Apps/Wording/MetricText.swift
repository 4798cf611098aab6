/// Text formatting of metrics: display names, and digits by magnitude.
package enum MetricText {
  /// Fractions in percent; other numbers as losses.
  package static func text(_ x: Double, of metric: String) -> String {
    metric == "accuracy" ? "\(NumberText.decimal(x * 100, 2)) %" : NumberText.loss(x)
  }

  /// The same for a terminal, with fractions as decimals.
  package static func plain(_ x: Double, of metric: String) -> String {
    metric == "accuracy" ? NumberText.decimal(x, 4) : NumberText.loss(x)
  }

  /// As a chart title: Accuracy, R², MAE.
  package static func title(of metric: String) -> String {
    switch metric {
    case "r2": "R²"
    case "mae", "rmse", "mse", "auc": metric.uppercased()
    case "iou": "IoU"
    case "f1": "F1"
    default: metric.prefix(1).uppercased() + metric.dropFirst()
    }
  }
}
