package import Foundation

extension StatisticsTable {
  package struct ToolFailure: Error, CustomStringConvertible {
    package let description: String
  }

  /// The failure of a RADV that compiles only for GPUs that are present: Mesa 26 and later.
  package struct AbsentCardsRefused: Error, CustomStringConvertible {
    package var description: String {
      "this RADV no longer compiles for cards that are not there: it has no RADV_FORCE_FAMILY"
    }
  }

  /// The statistics of RADV's compiled kernels for an architecture, measured in a separate process: RADV
  /// reads the architecture's name when it is loaded, and ends the process if it does not know the name.
  ///
  /// - Parameter tool: the executable `shader-statistics`.
  package static func measured(_ architecture: Architecture, by tool: URL) throws -> StatisticsTable {
    if let missing = Architecture.missing { throw ToolFailure(description: missing) }
    var complaints: [String] = []
    for family in architecture.familyNames {
      let process = Process()
      process.executableURL = tool
      process.arguments = [architecture.rawValue]
      process.environment = ProcessInfo.processInfo.environment.merging([
        "RADV_FORCE_FAMILY": family, "VK_DRIVER_FILES": Architecture.driver ?? "",
        // The name of the same variable in older loaders.
        "VK_ICD_FILENAMES": Architecture.driver ?? "", "SWIFT_BACKTRACE": "enable=no",
      ]) { $1 }
      let (output, errors) = (Pipe(), Pipe())
      process.standardOutput = output
      process.standardError = errors
      process.standardInput = FileHandle.nullDevice
      try process.run()
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      if process.terminationReason == .exit, process.terminationStatus == 0 {
        return try StatisticsTable(text)
      }
      if complaint.contains("RADV_FORCE_FAMILY=<family> has been removed") { throw AbsentCardsRefused() }
      complaints.append(complaint.trimmingCharacters(in: .whitespacesAndNewlines))
    }
    throw ToolFailure(
      description: "shader-statistics found nothing out about \(architecture.rawValue): "
        + complaints.joined(separator: "; "))
  }
}

extension Architecture {
  /// The folder of the baseline tables, in this package's sources.
  package static let baselines = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "ShaderChecksTests/Baseline")

  package func baseline() throws -> StatisticsTable {
    let file = Self.baselines.appending(path: "\(rawValue).txt")
    return try StatisticsTable(String(contentsOf: file, encoding: .utf8))
  }
}
