import Foundation
import MessagePassing
import Testing

/// The implementations of MPI that the tests find here.
enum Installed {
  static let launchers = RankLauncher.Implementation.allCases.filter { RankLauncher($0) != nil }

  /// The reason why tests under mpirun are skipped, or nil.
  static let missing: Comment? =
    launchers.isEmpty ? "there is no mpirun: Tools/setup --mpi installs Open MPI's" : nil
}

/// A run of `rank-programs` as ranks.
struct RankRun {
  let code: Int32
  let output: String
  let errors: String

  /// The executable beside the tests.
  static let program =
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "rank-programs").path

  /// Lines of our own among those that launchers and crashes print.
  var sentences: [String] {
    errors.split(separator: "\n").map(String.init).filter { $0.hasPrefix("rank-programs: ") }
      .map { String($0.dropFirst("rank-programs: ".count)) }
  }

  /// Runs a program of `rank-programs` by `RankLauncher`; ends it after a minute, which fails its test.
  init(
    _ implementation: RankLauncher.Implementation, ranks: Int, _ arguments: String,
    environment: [String: String] = [:], signal: (number: Int32, after: String)? = nil, input: String = ""
  ) throws {
    try self.init(
      ["launch", implementation.rawValue, "\(ranks)"] + arguments.split(separator: " ").map(String.init),
      environment: environment, signal: signal, input: input)
  }

  /// Runs `rank-programs` itself.
  init(
    _ arguments: [String], environment: [String: String] = [:],
    signal: (number: Int32, after: String)? = nil, input: String = ""
  ) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Self.program)
    process.arguments = arguments
    // Crashes are meant here, and need no report.
    process.environment = ProcessInfo.processInfo.environment
      .merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }.merging(environment) { $1 }
    let folder = URL(fileURLWithPath: NSTemporaryDirectory()).appending(path: "ranks-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func file(_ name: String) throws -> URL {
      let url = folder.appending(path: name)
      try Data((name == "input" ? input : "").utf8).write(to: url)
      return url
    }
    let (outputFile, errorFile) = (try file("output"), try file("errors"))
    process.standardInput = try FileHandle(forReadingFrom: file("input"))
    process.standardOutput = try FileHandle(forWritingTo: outputFile)
    process.standardError = try FileHandle(forWritingTo: errorFile)
    func text(_ url: URL) throws -> String { String(decoding: try Data(contentsOf: url), as: UTF8.self) }

    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    // A child inherits what this thread blocks, and threads of tests block Ctrl-C.
    var (none, before) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    try process.run()
    pthread_sigmask(SIG_SETMASK, &before, nil)
    if let signal {
      while process.isRunning, try !text(outputFile).contains(signal.after) { usleep(5_000) }
      kill(process.processIdentifier, signal.number)
    }
    if ended.wait(timeout: .now() + 60) == .timedOut {
      Issue.record("\(arguments.joined(separator: " ")) did not end within a minute")
      // Twice: it passes the first on to the ranks.
      process.terminate()
      if ended.wait(timeout: .now() + 5) == .timedOut { kill(process.processIdentifier, SIGKILL) }
      ended.wait()
    }
    code =
      process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    (output, errors) = (try text(outputFile), try text(errorFile))
  }
}

/// An implementation of MPI and a number of ranks.
struct Ranks: CustomTestStringConvertible, Sendable {
  let implementation: RankLauncher.Implementation
  let count: Int

  var testDescription: String { "\(count) ranks of \(implementation.rawValue)" }

  static func of(_ counts: Int...) -> [Self] {
    Installed.launchers.flatMap { implementation in
      counts.map { Self(implementation: implementation, count: $0) }
    }
  }

  func run(
    _ arguments: String, environment: [String: String] = [:], signal: (number: Int32, after: String)? = nil,
    input: String = ""
  ) throws -> RankRun {
    try RankRun(
      implementation, ranks: count, arguments, environment: environment, signal: signal, input: input)
  }

  /// Runs a program that checks itself.
  func succeed(
    _ arguments: String, environment: [String: String] = [:], _ location: SourceLocation = #_sourceLocation
  )
    throws
  {
    let run = try run(arguments, environment: environment)
    #expect(run.code == 0, "\(arguments): \(run.errors)", sourceLocation: location)
    #expect(run.output == "ok\n", "\(arguments)", sourceLocation: location)
  }
}
