@preconcurrency import Glibc  // `environ` is a global variable

/// Child processes that compute, to measure beside them.
final class OtherProcesses {
  private var children: [pid_t] = []

  /// The ends of pipes that their standard output is read from.
  private var outputs: [CInt] = []

  /// Processes that each keep a core busy, until they are ended or this process ends.
  static func busy(_ count: Int) throws -> OtherProcesses {
    let others = OtherProcesses()
    // The shell's own `kill`: no further process is started.
    for _ in 0..<count { try others.start(["/bin/sh", "-c", "while kill -0 $PPID; do :; done"]) }
    return others
  }

  /// This program with some arguments, several times at once.
  static func lemnos(_ arguments: [[String]]) throws -> OtherProcesses {
    let others = OtherProcesses()
    for words in arguments { try others.start(["/proc/self/exe"] + words) }
    return others
  }

  private func start(_ command: [String]) throws {
    var pipe: [CInt] = [0, 0]
    guard Glibc.pipe(&pipe) == 0 else {
      throw Failure("no pipe can be made: \(String(cString: strerror(errno)))", code: 71)
    }
    // The other children must not hold this one's pipe open.
    for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    outputs.append(pipe[0])
    defer { close(pipe[1]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var child = pid_t()
    let result = posix_spawn(&child, command[0], &actions, nil, &words, environ)
    guard result == 0 else {
      throw Failure("\(command[0]) cannot be started: \(String(cString: strerror(result)))", code: 69)
    }
    children.append(child)
  }

  /// Waits for all of them, and returns what each has written.
  ///
  /// - Throws: `Failure` if one failed.
  func results() throws -> [[UInt8]] {
    let texts = outputs.map { output in
      var text: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 4096)
      while case let count = read(output, &buffer, buffer.count), count > 0 { text += buffer[..<count] }
      return text
    }
    for child in children {
      var status: CInt = 0
      waitpid(child, &status, 0)
      guard status == 0 else { throw Failure("a training in a process of its own failed", code: 70) }
    }
    children = []
    return texts
  }

  func end() {
    for child in children { kill(child, SIGTERM) }
    for child in children { waitpid(child, nil, 0) }
    for output in outputs { close(output) }
    (children, outputs) = ([], [])
  }

  deinit { end() }
}
