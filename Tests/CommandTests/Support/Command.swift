import Foundation
import TestSupport
import Testing

/// The program `lemnos` running in a folder, as a user starts it.
final class Command {
  /// The built executable, in the same folder as the tests.
  static let program =
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "lemnos").path

  /// The result of a command.
  struct Result {
    /// The exit code as a shell reports it: 128 plus the signal's number for a program terminated by a
    /// signal.
    let code: Int32
    let output: String
    let errors: String

    var lines: [String] { output.split(separator: "\n").map(String.init) }
  }

  private let process = Process()
  private let ended = DispatchSemaphore(value: 0)
  /// Standard output and error go to files, which do not block as full pipes do.
  private let logs: TemporaryFolder

  /// - Parameters:
  /// - line: its arguments, separated by single spaces.
  /// - fileSizeLimit: the file size limit in units of 512 bytes, to simulate a full disk.
  /// - memoryLimit: the limit on its address space, in KiB.
  init(
    _ line: String, in folder: TemporaryFolder, environment: [String: String] = [:],
    fileSizeLimit: Int? = nil, memoryLimit: Int? = nil
  ) throws {
    logs = try TemporaryFolder()
    let arguments = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    let limits =
      (fileSizeLimit.map { "trap '' XFSZ; ulimit -f \($0); " } ?? "")
      + (memoryLimit.map { "ulimit -v \($0); " } ?? "")
    if !limits.isEmpty {
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      let script = "\(limits)exec \"$0\" \"$@\""
      process.arguments = ["-c", script, Self.program] + arguments
    } else {
      process.executableURL = URL(fileURLWithPath: Self.program)
      process.arguments = arguments
    }
    process.currentDirectoryURL = folder.url
    // No crash reports, and not the user's own cache.
    process.environment = ProcessInfo.processInfo.environment
      .merging(["SWIFT_BACKTRACE": "enable=no", "LEMNOS_CACHE": "off"]) { $1 }.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: logs.write([], as: "output")))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: logs.write([], as: "errors")))
    process.terminationHandler = { [ended] _ in ended.signal() }
    try Self.withoutBlockedSignals { try process.run() }
  }

  /// A child process inherits its parent thread's blocked signals, and the test pool's threads block Ctrl-C.
  private static func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try body()
  }

  /// Waits until it exits.
  ///
  /// A hanging program is killed after a minute, which fails its test.
  func result() throws -> Result {
    if ended.wait(timeout: .now() + 60) == .timedOut {
      kill()
      ended.wait()
    }
    let status = process.terminationStatus
    return Result(
      code: process.terminationReason == .exit ? status : 128 + status, output: try text(of: "output"),
      errors: try text(of: "errors"))
  }

  /// Waits for some seconds, and then sends SIGKILL.
  ///
  /// - Returns: nil if the program was killed.
  func result(killingAfter seconds: Double) throws -> Result? {
    if ended.wait(timeout: .now() + seconds) == .timedOut {
      kill()
      ended.wait()
      if process.terminationReason == .uncaughtSignal { return nil }
    }
    ended.signal()
    return try result()
  }

  /// Waits for some output, and then sends SIGINT, as Ctrl-C does.
  func interrupt(after text: String) throws {
    while process.isRunning, try !self.text(of: "output").contains(text) { usleep(2_000) }
    process.interrupt()
  }

  /// Waits for some output, and returns the output so far.
  func output(with text: String) throws -> String {
    while process.isRunning, try !self.text(of: "output").contains(text) { usleep(2_000) }
    return try self.text(of: "output")
  }

  /// Sends SIGKILL.
  func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }

  private func text(of log: String) throws -> String { String(decoding: try logs.read(log), as: UTF8.self) }
}

extension TemporaryFolder {
  /// Runs `lemnos` with these arguments in this folder.
  func lemnos(
    _ line: String, environment: [String: String] = [:], fileSizeLimit: Int? = nil
  ) throws -> Command.Result {
    try Command(line, in: self, environment: environment, fileSizeLimit: fileSizeLimit).result()
  }

  /// The same, for a command that must succeed for the test to continue.
  @discardableResult
  func succeed(_ line: String, _ location: SourceLocation = #_sourceLocation) throws -> Command.Result {
    let result = try lemnos(line)
    try #require(result.code == 0, "\(line): \(result.errors)", sourceLocation: location)
    #expect(result.errors == "", sourceLocation: location)
    return result
  }

  /// Runs a command that must fail with this exit code, these words in one clear message, and no file
  /// changed.
  func expectRefusal(
    _ line: String, code: Int32, words: [String], environment: [String: String] = [:],
    fileSizeLimit: Int? = nil
  ) throws {
    let before = try contents()
    let result = try lemnos(line, environment: environment, fileSizeLimit: fileSizeLimit)
    #expect(result.code == code, "\(result.errors)")
    for word in words { #expect(result.errors.contains(word)) }
    // Lemnos's errors are one line; the argument parser adds lines of help.
    #expect(
      result.errors.hasPrefix("Error: ")
        || result.errors.hasPrefix("lemnos: ") && result.errors.split(separator: "\n").count == 1,
      "\(result.errors)")
    #expect(try contents() == before, "nothing is written")
  }
}
