import Foundation

/// One result of a benchmark.
struct Measurement: Encodable {
  let section: String
  let name: String
  let value: Double
  let unit: String
}

/// The results of a device's benchmark, printed as they are measured and written to files at the end.
struct MeasurementRecord: Encodable {
  let device: String
  let date: String
  private(set) var measurements: [Measurement] = []
  /// Rows of the op table whose results differ from the reference.
  var disagreements: [String] = []

  init(device: String) {
    self.device = device
    date = String(ISO8601DateFormatter().string(from: Date()).prefix(10))
  }

  mutating func add(_ section: String, _ name: String, _ value: Double, _ unit: String) {
    measurements.append(Measurement(section: section, name: name, value: value, unit: unit))
    print("\(section): \(name)  \(rounded(value)) \(unit)")
  }

  private var markdown: String {
    var lines = ["# \(device)", "", "Measured on \(date)."]
    for section in measurements.map(\.section).reduce(
      into: [String](), { if $0.last != $1 { $0.append($1) } })
    {
      lines += ["", "## \(section)", "", "| | |", "|---|---:|"]
      for measurement in measurements where measurement.section == section {
        lines.append("| \(measurement.name) | \(rounded(measurement.value)) \(measurement.unit) |")
      }
    }
    if !disagreements.isEmpty {
      lines += ["", "## Not in agreement with the reference", ""] + disagreements.map { "- \($0)" }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Writes `results.json` and `results.md` into an existing folder.
  func write(to folder: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try encoder.encode(self).write(to: URL(filePath: "\(folder)/results.json"), options: .atomic)
    try Data(markdown.utf8).write(to: URL(filePath: "\(folder)/results.md"), options: .atomic)
  }
}
