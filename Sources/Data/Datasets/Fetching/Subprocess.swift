@preconcurrency import Glibc  // `environ` is a global variable

/// Runs another program, without a shell, and waits for it.
enum Subprocess {
  enum Status: Hashable {
    case exited(CInt)
    case killed(signal: CInt)
  }

  struct Ending {
    let status: Status
    /// The beginning of its standard error.
    let errorText: String
  }

  private static let longestErrorText = 4096

  /// Runs a program found in `PATH`, and passes its standard output to `take` as it arrives.
  ///
  /// - Parameters:
  ///   - command: the program and its arguments.
  ///   - input: its standard input; empty without one.
  ///   - take: returns whether it wants more; if not, or if it throws, the program is terminated.
  /// - Returns: its exit status, and its standard error.
  /// - Throws: `DatasetError`: errors of `take`, or `.unavailable` if the program cannot be started.
  static func run(
    _ command: [String], input: OpenFile? = nil,
    _ take: (UnsafeRawBufferPointer) throws(DatasetError) -> Bool
  ) throws(DatasetError) -> Ending {
    let output = try Pipe()
    let errors = try Pipe()
    let process = try withExtendedLifetime(input) { () throws(DatasetError) in
      try spawn(command, input: input?.descriptor, output: output, errors: errors)
    }
    // Close our write ends, or the pipes never reach their end.
    output.closeWriting()
    errors.closeWriting()
    do throws(DatasetError) {
      let (wantsMore, text) = try drain(output, errors, take)
      if !wantsMore { kill(process, SIGTERM) }
      return Ending(status: wait(for: process), errorText: String(decoding: text, as: UTF8.self))
    } catch {
      kill(process, SIGTERM)
      _ = wait(for: process)
      throw error
    }
  }

  /// Reads both pipes until both have ended, or `take` has enough.
  private static func drain(
    _ output: Pipe, _ errors: Pipe, _ take: (UnsafeRawBufferPointer) throws(DatasetError) -> Bool
  ) throws(DatasetError) -> (wantsMore: Bool, errorText: [UInt8]) {
    var errorText: [UInt8] = []
    var open = [
      pollfd(fd: output.reading, events: Int16(POLLIN), revents: 0),
      pollfd(fd: errors.reading, events: Int16(POLLIN), revents: 0),
    ]
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    while open.contains(where: { $0.fd >= 0 }) {  // poll ignores negative descriptors
      guard poll(&open, nfds_t(open.count), -1) >= 0 || errno == EINTR else { break }
      for index in open.indices where open[index].fd >= 0 && open[index].revents != 0 {
        let got = read(open[index].fd, buffer.baseAddress, buffer.count)
        if got < 0 && errno == EINTR { continue }
        guard got > 0 else {
          open[index].fd = -1
          continue
        }
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<got])
        if index == 0 {
          guard try take(bytes) else { return (false, errorText) }
        } else {
          errorText += bytes.prefix(longestErrorText - errorText.count)
        }
      }
    }
    return (true, errorText)
  }

  private static func spawn(
    _ command: [String], input: CInt?, output: Pipe, errors: Pipe
  ) throws(DatasetError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    } else {
      posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, output.writing, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, errors.writing, STDERR_FILENO)

    // Ctrl-C and a broken pipe must terminate it, even if this process ignores or blocks those signals.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var deadly = sigset_t()
    sigemptyset(&deadly)
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { sigaddset(&deadly, signal) }
    var blocked = sigset_t()
    sigemptyset(&blocked)
    posix_spawnattr_setsigdefault(&attributes, &deadly)
    posix_spawnattr_setsigmask(&attributes, &blocked)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

    var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
    defer { for argument in arguments { free(argument) } }
    arguments.append(nil)
    var process: pid_t = 0
    let status = posix_spawnp(&process, command[0], &actions, &attributes, arguments, environ)
    guard status == 0 else {
      let hint = status == ENOENT ? "it is not installed (Tools/setup installs it)" : reason(status)
      throw DatasetError(.unavailable, "the program \(command[0]) cannot be started: \(hint)")
    }
    return process
  }

  private static func wait(for process: pid_t) -> Status {
    var status: CInt = 0
    while waitpid(process, &status, 0) < 0 {
      // ECHILD: this process ignores SIGCHLD, so the status is lost.
      guard errno == EINTR else { return .exited(-1) }
    }
    let signal = status & 0x7F  // as in <sys/wait.h>, whose macros are not imported into Swift
    return signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal: signal)
  }
}

/// A pipe whose ends are not inherited by other child processes.
private final class Pipe {
  let reading: CInt
  private(set) var writing: CInt

  init() throws(DatasetError) {
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw DatasetError(.unavailable, "no pipe to another program can be made: \(reason(errno))")
    }
    // Not atomic, because `pipe2` is not imported into Swift: a process started by another thread in between
    // may inherit the ends, and then the pipe stays open until that process ends.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    reading = ends[0]
    writing = ends[1]
  }

  func closeWriting() {
    if writing >= 0 { close(writing) }
    writing = -1
  }

  deinit {
    closeWriting()
    close(reading)
  }
}
