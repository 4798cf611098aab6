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
    let path = out ?? (records.count == 1 ? "\(records[0].path)/\(RunFiles.report)" : RunFiles.report)
    // A run's own report may be written anew; a file that somebody named is not touched.
    if out != nil || records.count > 1, FolderListing.size(of: path) != nil {
      throw Failure("\(path) exists already, and nothing is overwritten: choose another --out", code: 73)
    }
    try DurableFile.write([Array(Report(of: records).html.utf8)], to: path)
    Terminal.write("Wrote \(path).\n")
  }
}

extension RunRecord {
  /// - Throws: `Failure` for a folder that is none of a run.
  static func existing(at path: String) throws -> RunRecord {
    guard let run = RunRecord(at: path) else {
      throw Failure(
        "\(path) is no folder of a run: it has no \(RunJournal.name); 'lemnos runs' lists them", code: 66)
    }
    return run
  }
}
