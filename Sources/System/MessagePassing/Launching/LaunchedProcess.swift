import Glibc
import Synchronization

/// A launcher of ranks as a process, with the signals that this process gets meant for the ranks.
enum LaunchedProcess {
  private static let trigger = Atomic<Int32>(-1)
  private static let signals = [SIGINT, SIGTERM, SIGHUP]

  /// - Parameter wrappers: names of processes between the launcher and the ranks.
  static func run(_ path: String, _ arguments: [String], variables: [String: String], wrappers: Set<String>)
    throws(MessagePassingError) -> (status: Int32, report: Int32?)
  {
    var ends: [Int32] = [-1, -1]
    pipe(&ends)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    trigger.store(ends[1], ordering: .sequentiallyConsistent)
    var previous = signals.map { _ in sigaction() }
    var forward = sigaction()
    forward.__sigaction_handler.sa_handler = { number in
      var byte = UInt8(truncatingIfNeeded: number)
      _ = write(LaunchedProcess.trigger.load(ordering: .relaxed), &byte, 1)
    }
    for (index, number) in signals.enumerated() { sigaction(number, &forward, &previous[index]) }
    defer {
      for (index, number) in signals.enumerated() { sigaction(number, &previous[index], nil) }
      for end in ends { close(end) }
    }

    // Ranks open it by its name, so that it need not survive the launcher's handling of inherited files.
    var reports: [Int32] = [-1, -1]
    pipe(&reports)
    for end in reports {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    defer { for end in reports { close(end) } }
    let reporting = [ProcessEnd.reportVariable: "/proc/\(getpid())/fd/\(reports[1])"]
    let child = try spawn(path, arguments, variables.merging(reporting) { $1 })
    var report: Int32?
    while true {
      var status: Int32 = 0
      let ended = waitpid(child, &status, WNOHANG)
      report = report ?? passReports(from: reports[0])
      if ended == child {
        // Hydra may end before the ranks that are to say why.
        var entry = pollfd(fd: reports[0], events: Int16(POLLIN), revents: 0)
        if status != 0, report == nil, poll(&entry, 1, 1000) == 1 { report = passReports(from: reports[0]) }
        return (status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F), report)
      }
      if ended < 0, errno != EINTR { return (71, report) }
      // Its end is seen within a fiftieth of a second, signals and reports at once.
      var entries = [ends[0], reports[0]].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      _ = poll(&entries, 2, 20)
      var number: UInt8 = 0
      while read(ends[0], &number, 1) == 1 { send(Int32(number), below: child, wrappers) }
    }
  }

  /// Starts it in a process group of its own, so that Ctrl-C of a terminal reaches this process only.
  private static func spawn(_ path: String, _ arguments: [String], _ variables: [String: String])
    throws(MessagePassingError) -> pid_t
  {
    var attributes = posix_spawnattr_t()
    var actions = posix_spawn_file_actions_t()
    posix_spawnattr_init(&attributes)
    posix_spawn_file_actions_init(&actions)
    defer {
      posix_spawnattr_destroy(&attributes)
      posix_spawn_file_actions_destroy(&actions)
    }
    // Neither what this process blocks nor what it ignores concerns the ranks. But Hydra's mpirun passes standard input to a rank that may
    // have ended already, one time in a hundred with programs that end at once, and must not die of that: see `Communicator.open`.
    let previous = signal(SIGPIPE, SIG_IGN)
    defer { signal(SIGPIPE, previous) }
    var (none, usual) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigemptyset(&usual)
    for number in signals { sigaddset(&usual, number) }
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &usual)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    // A group in the background is stopped when it reads from a terminal, so what is typed goes through a pipe.
    var typed: [Int32] = [-1, -1]
    if isatty(STDIN_FILENO) == 1 {
      pipe(&typed)
      for end in typed { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      posix_spawn_file_actions_adddup2(&actions, typed[0], STDIN_FILENO)
    }
    var child = pid_t()
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    var environment = environment(with: variables)
    let status = posix_spawn(&child, path, &actions, &attributes, &words, &environment)
    for word in words + environment { free(word) }
    if typed[0] >= 0 {
      close(typed[0])
      if status == 0 { pass(to: typed[1]) } else { close(typed[1]) }
    }
    guard status == 0 else {
      throw MessagePassingError(
        .unavailable, "\(path) cannot be started: \(String(cString: strerror(status)))")
    }
    return child
  }

  /// This process's variables and some more, each "name=value" and to be freed, with a nil at the end.
  private static func environment(with variables: [String: String]) -> [UnsafeMutablePointer<CChar>?] {
    var entries: [UnsafeMutablePointer<CChar>?] = []
    var next = environ
    while let entry = next.pointee {
      let name = String(cString: entry).prefix { $0 != "=" }
      if variables[String(name)] == nil { entries.append(strdup(entry)) }
      next += 1
    }
    return entries + variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
  }

  /// Prints what ranks report.
  ///
  /// - Returns: the exit code of the first report; nil if there is none.
  private static func passReports(from end: Int32) -> Int32? {
    var block = [UInt8](repeating: 0, count: 65_536)
    let count = read(end, &block, block.count)
    guard count > 0 else { return nil }
    for report in block[..<count].split(separator: UInt8(ascii: "\n")) {
      let line = report.dropFirst() + [UInt8(ascii: "\n")]
      _ = Array(line).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
    return Int32(block[0])
  }

  /// Copies what is typed.
  private static func pass(to end: Int32) {
    PosixThread.start {
      var block = [UInt8](repeating: 0, count: 4096)
      while true {
        let count = read(STDIN_FILENO, &block, block.count)
        if count < 0, errno == EINTR { continue }
        if count <= 0 || write(end, block, count) != count { break }
      }
      close(end)
    }
  }

  /// Sends a signal to the ranks, or to their launcher while there are none.
  private static func send(_ number: Int32, below launcher: pid_t, _ wrappers: Set<String>) {
    let ranks = ranks(below: launcher, wrappers)
    for process in ranks.isEmpty ? [launcher] : ranks { kill(process, number) }
  }

  /// The launcher's children, and those of processes between.
  private static func ranks(below launcher: pid_t, _ wrappers: Set<String>) -> [pid_t] {
    text(of: "/proc/\(launcher)/task/\(launcher)/children").split(separator: " ").compactMap { pid_t($0) }
      .flatMap { child in
        let name = text(of: "/proc/\(child)/comm").split(separator: "\n").first.map(String.init) ?? ""
        return wrappers.contains(name) ? ranks(below: child, wrappers) : [child]
      }
  }

  private static func text(of path: String) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var block = [UInt8](repeating: 0, count: 65_536)
    let count = read(file, &block, block.count)
    return String(decoding: block.prefix(max(0, count)), as: UTF8.self)
  }
}
