import ArgumentParser
import Glibc

/// The command `lemnos watch`.
struct Watch: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Follow runs in a web browser, live.",
    discussion: """
      Serves a page on this machine that shows running and finished runs: loss, accuracy, learning rate, speed, memory, norms of
      the gradients, first filters, confusion matrix and worst mistakes, runs laid over one another. It needs no network. \
      #all at the end of its address shows all runs at once, #NAME,NAME some.

      Examples:
        lemnos watch
        lemnos watch runs/2026-01-31-resnet18-1 --port 9000
      """)

  @Argument(help: "A folder of runs, or a run's own.")
  var folder = "runs"

  @Option(help: ArgumentHelp("The port to listen on; 0 for one that is free.", valueName: "n"))
  var port: UInt16 = 8080

  @Option(
    help: ArgumentHelp(
      "The IPv4 address to listen on; on any but 127.0.0.1 the page wants a token, which is printed with its address.",
      valueName: "address"))
  var host = "127.0.0.1"

  mutating func run() throws {
    let server = try WatchProgram.find()
    let arguments = [server, folder, host, "\(port)"]
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    execv(server, &words)
    throw Failure("\(server) cannot be started: \(String(cString: strerror(errno)))", code: 69)
  }
}

/// The executable that serves the page, run as a separate process.
enum WatchProgram {
  /// The path of the executable, in the same folder as this one.
  static func find() throws -> String {
    let own = OwnProgram.path
    let program = own.lastIndex(of: "/").map { own[...$0] + "lemnos-watch" } ?? "lemnos-watch"
    guard access(String(program), X_OK) == 0 else {
      throw Failure(
        "\(program) is not there: build it with 'swift build -c release --product lemnos-watch'", code: 69)
    }
    return String(program)
  }

  /// Starts it alongside a run, to exit with this process; its output goes to standard error.
  static func start(_ folder: String, port: UInt16) throws {
    let program = try find()
    let arguments = [program, folder, "127.0.0.1", "\(port)", "\(getpid())"]
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
    var child = pid_t()
    let result = posix_spawn(&child, program, &actions, nil, &words, environ)
    guard result == 0 else {
      throw Failure("\(program) cannot be started: \(String(cString: strerror(result)))", code: 69)
    }
  }
}
