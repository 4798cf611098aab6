import ArgumentParser
import Files
import Reports
import Runs

/// The command `lemnos report`.
struct ReportRuns: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write a page on a run, or on several side by side.",
    discussion: """
      One HTML file that needs no other: results, curves, first filters, worst mistakes.

      Examples:
        lemnos report runs/2026-01-31-resnet18-1
        lemnos report runs/2026-01-31-resnet18-1 runs/2026-01-31-resnet18-2 --out compared.html
      """)

  @Argument(help: ArgumentHelp("Folders of runs.", valueName: "run"))
  var runs: [String]

  @Option(
    help: ArgumentHelp(
      "The file to write (default: report.html in the run's folder, or in the present one for several).",
      valueName: "file"))
  var out: String?

  mutating func run() throws {
    let records = try runs.map { try RunRecord.existing(at: $0) }
    // A run's own report may be overwritten; no other file is.
    let path =
      records.count == 1 && out == nil
      ? "\(records[0].path)/\(RunFiles.report)" : try NewFile(out ?? RunFiles.report).path
    try DurableFile.write([Array(Report(of: records).html.utf8)], to: path)
    Terminal.write("Wrote \(path).\n")
  }
}

extension RunRecord {
  /// - Throws: `Failure` if the folder is not a run's.
  static func existing(at path: String) throws -> RunRecord {
    guard let run = RunRecord(at: path) else {
      throw Failure(
        "\(path) is no folder of a run: it has no \(RunJournal.name); 'lemnos runs' lists them", code: 66)
    }
    return run
  }
}
