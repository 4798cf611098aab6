import Foundation
import TestSupport
import Testing

extension TemporaryFolder {
  /// Runs `lemnos` in a pseudoterminal with this number of columns.
  func inTerminal(of columns: Int, _ line: String) throws -> [String] {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/script")
    process.arguments = ["-qec", "stty cols \(columns); '\(Command.program)' \(line)", "/dev/null"]
    process.currentDirectoryURL = url
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(text)")
    return text.split(whereSeparator: \.isNewline).map(String.init)  // a terminal writes both \r and \n
  }
}
