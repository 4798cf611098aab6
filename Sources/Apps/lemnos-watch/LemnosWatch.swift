import Foundation
import RunServer

/// The web server behind `lemnos watch`, as a separate process, so that a run has no web server in its
/// memory.
///
/// Arguments: a folder, an address, a port, and optionally the process id to exit with. Prints the URL of the
/// page on standard output.
@main
struct LemnosWatch {
  static func main() async {
    let arguments = CommandLine.arguments.dropFirst().map { $0 }
    guard (3...4).contains(arguments.count), let port = UInt16(arguments[2]) else {
      fail("lemnos-watch is started by 'lemnos watch'", 64)
    }
    guard let server = try? WatchServer(of: arguments[0], host: arguments[1], port: port) else {
      fail("lemnos: '\(arguments[1])' is no IPv4 address to listen on, such as 127.0.0.1", 64)
    }
    Task {
      guard let url = try? await server.url() else { return }
      print("Watching \(arguments[0]) at \(url) (Ctrl-C ends it)")
      fflush(nil)
    }
    if arguments.count == 4, let parent = Int32(arguments[3]) {
      Task {
        while getppid() == parent { try await Task.sleep(for: .milliseconds(500)) }
        exit(0)
      }
    }
    do {
      try await server.run()
    } catch {
      fail("lemnos: \(arguments[1]):\(port) cannot be listened on (\(error)): choose another --port", 69)
    }
  }

  private static func fail(_ message: String, _ code: Int32) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    exit(code)
  }
}
