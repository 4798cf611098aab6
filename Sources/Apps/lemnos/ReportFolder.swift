import Files
import Reports

/// A new folder with a report: `index.html`, and `report.md` with its images.
struct ReportFolder {
  private let folder: NewFolder
  var path: String { folder.path }

  /// Creates the folder first, so that a report that cannot be written fails before any work is done.
  init(creating path: String) throws { folder = try NewFolder(creating: path) }

  func write(_ report: Report) throws {
    for file in report.figureFiles { try DurableFile.write([file.bytes], to: "\(path)/\(file.name)") }
    try DurableFile.write([Array(report.markdown.utf8)], to: "\(path)/report.md")
    try DurableFile.write([Array(report.html.utf8)], to: "\(path)/index.html")
  }

  func removeIfEmpty() { folder.removeIfEmpty() }
}
