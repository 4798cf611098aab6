import Glibc
import Synchronization

/// Watches whether the other ranks live, whatever this process is busy with and whatever MPI knows.
///
/// Each rank keeps a TCP connection to rank 0, over which both send heartbeats, from a thread of its own. A connection that closes
/// without goodbye is a rank that ended: the system closes it however it ended, so that is known at once. Missing heartbeats are a
/// rank that is stopped, or a host that is gone. Rank 0 tells all others what happened and prints it; each ends after a grace
/// period even if its own threads wait for something else. If rank 0 is lost, every rank notices that by itself.
final class Watch: Sendable {
  private struct State {
    var failure: Failure?
    var activity = ActivityName("the start")
    /// Announced by this rank, to be sent.
    var announcement: Failure?
    var saysGoodbye = false
    var isOver = false
  }

  let rank: Int
  private let ranks: [RankIdentity]
  private let settings: CommunicatorSettings
  private let state = Mutex(State())
  private let hasFailed = Atomic(false)
  /// The ends of a pipe that wakes the thread.
  private let events: Int32
  private let trigger: Int32
  private let isEnded = Atomic(false)

  init(rank: Int, _ ranks: [RankIdentity], settings: CommunicatorSettings) {
    (self.rank, self.ranks, self.settings) = (rank, ranks, settings)
    (events, trigger) = Self.pipe()
  }

  // A signal handler may know the trigger, so neither is closed: a process has one watch.

  private static func pipe() -> (Int32, Int32) {
    var ends: [Int32] = [-1, -1]
    Glibc.pipe(&ends)
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    return (ends[0], ends[1])
  }

  /// Why all have to end, if so; cheap.
  var failure: Failure? {
    hasFailed.load(ordering: .acquiring) ? state.withLock(\.failure) : nil
  }

  /// What this rank does, for the sentence about one that is lost meanwhile.
  var activity: ActivityName {
    get { state.withLock(\.activity) }
    set { state.withLock { $0.activity = newValue } }
  }

  /// Starts the thread.
  ///
  /// - Parameter connections: of rank 0 to all others, of another to rank 0.
  func start(_ connections: sending [Connection]) {
    Termination.notify(trigger)
    let handed = Handed(connections)
    PosixThread.start { [self] in run(handed.connections) }
  }

  /// What the thread alone uses, once it runs.
  private struct Handed: @unchecked Sendable {
    let connections: [Connection]
    init(_ connections: sending [Connection]) { self.connections = connections }
  }

  /// Tells all ranks that they have to end, and why.
  func announce(_ category: MessagePassingError.Category, _ sentence: String, code: Int32) {
    state.withLock {
      $0.announcement = Failure(category: category, sentence: sentence, code: code, printer: 0)
    }
    wake()
  }

  /// Tells the others that this rank's end is no failure.
  func sayGoodbye() {
    state.withLock { $0.saysGoodbye = true }
    wake()
  }

  /// Ends the thread.
  func stop() {
    state.withLock { $0.isOver = true }
    wake()
    while !isEnded.load(ordering: .acquiring) { usleep(500) }
  }

  /// Waits until a failure is known.
  func failure(within limit: Duration) -> Failure? {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
      if let failure { return failure }
      usleep(1_000)
    }
    return failure
  }

  /// Ends the rank that does not respond, if it is on this host: see `RankIdentity.kill`.
  private func killSilent() {
    guard let silent = failure?.silent, ranks.indices.contains(silent), silent != rank,
      ranks[silent].host == ranks[rank].host
    else { return }
    ranks[silent].kill()
  }

  private func wake() {
    var one: UInt8 = 1
    _ = write(trigger, &one, 1)
  }

  // The rest runs in the watch's thread.

  private func run(_ all: [Connection]) {
    var connections = all
    var lastBeat = ContinuousClock.now
    var lastRound = lastBeat
    var failureTime: ContinuousClock.Instant?
    var terminationTime: ContinuousClock.Instant?
    var hasSaidGoodbye = false
    for connection in connections { connection.lastHeard = lastBeat }

    while true {
      wait(for: connections, since: lastBeat, isUrgent: failureTime != nil || terminationTime != nil)
      let now = ContinuousClock.now
      // If this process itself was stopped, or its whole machine, the silence was its own.
      if now - lastRound > settings.silence / 2 {
        for connection in connections { connection.lastHeard = now }
      }
      lastRound = now

      for connection in connections {
        connection.flush()
        let (frames, isOpen) = connection.receive()
        for frame in frames {
          connection.lastHeard = now
          switch frame {
          case .goodbye: connection.hasSaidGoodbye = true
          case .failure(let failure): fail(failure, connections)
          case .heartbeat, .hello: break
          }
        }
        if !isOpen {
          connections.removeAll { $0 === connection }
          if !connection.hasSaidGoodbye { lose(connection.rank ?? 0, isSilent: false, connections) }
        } else if now - connection.lastHeard > settings.silence, !connection.hasSaidGoodbye, failure == nil {
          // It stays connected: should it go on after all, it reads that all have ended.
          lose(connection.rank ?? 0, isSilent: true, connections)
        }
      }

      let orders = state.withLock { state in
        defer { state.announcement = nil }
        return (announcement: state.announcement, saysGoodbye: state.saysGoodbye, isOver: state.isOver)
      }
      if let announcement = orders.announcement { announceToAll(announcement, connections) }
      if orders.saysGoodbye, !hasSaidGoodbye {
        hasSaidGoodbye = true
        for connection in connections { connection.send(.goodbye) }
      }
      if now - lastBeat >= settings.heartbeat {
        lastBeat = now
        for connection in connections { connection.send(.heartbeat) }
      }
      if orders.isOver { break }

      if failure != nil {
        let began = failureTime ?? now
        failureTime = began
        // A rank that prints has to notice the silence before it is ended.
        if now - began >= settings.grace + (failure?.silent == nil ? .zero : .milliseconds(200)) {
          killSilent()
          ProcessEnd.now(code: failure?.code ?? 75)
        }
      } else if Termination.isRequested {
        // Who died is known within some milliseconds, if anybody did.
        let began = terminationTime ?? now
        terminationTime = began
        if now - began >= .milliseconds(300) {
          for connection in connections { connection.send(.goodbye) }
          Termination.end()
        }
      }
    }
    isEnded.store(true, ordering: .releasing)
  }

  /// Waits until something can be read, was ordered, or is due.
  private func wait(for connections: [Connection], since lastBeat: ContinuousClock.Instant, isUrgent: Bool) {
    var entries = [pollfd(fd: events, events: Int16(POLLIN), revents: 0)]
    for connection in connections {
      entries.append(
        pollfd(
          fd: connection.socket, events: Int16(connection.isFlushed ? POLLIN : POLLIN | POLLOUT), revents: 0))
    }
    // All ranks notice the same silence at the same time.
    let ends = connections.map { $0.lastHeard + settings.silence } + [lastBeat + settings.heartbeat]
    let now = ContinuousClock.now
    let rest = (ends.filter { $0 > now }.min() ?? now) - now
    let milliseconds = max(
      0, rest.components.seconds * 1000 + rest.components.attoseconds / 1_000_000_000_000_000)
    _ = poll(&entries, nfds_t(entries.count), isUrgent ? 10 : Int32(min(milliseconds + 1, 60_000)))
    var bytes: UInt64 = 0
    while read(events, &bytes, 8) > 0 {}
  }

  private func lose(_ lost: Int, isSilent: Bool, _ connections: [Connection]) {
    let what = isSilent ? "has not responded for \(settings.silence.text)" : "ended"
    // Rank 0 prints. Without it, it is the lowest other rank; if rank 0 is silent perhaps its whole host is gone, and then the lowest
    // of another.
    var printer = 0
    if lost == 0 {
      let elsewhere = isSilent ? ranks.indices.first { ranks[$0].host != ranks[0].host } : nil
      printer = elsewhere ?? 1
    }
    let failure = Failure(
      category: .lost,
      sentence: "Rank \(lost) on \(ranks[lost].host) \(what) during \(activity); \(settings.advice)",
      code: 75,
      printer: printer, silent: isSilent ? lost : nil)
    fail(failure, connections)
  }

  /// Sends an announcement of this rank to rank 0, which tells all, or, without it, keeps it here.
  private func announceToAll(_ announcement: Failure, _ connections: [Connection]) {
    if rank == 0 || connections.isEmpty {
      fail(announcement, connections)
    } else {
      for connection in connections { connection.send(.failure(announcement)) }
    }
  }

  /// The first failure counts: what comes after it are consequences.
  private func fail(_ failure: Failure, _ connections: [Connection]) {
    let isFirst = state.withLock { state in
      defer { if state.failure == nil { state.failure = failure } }
      return state.failure == nil
    }
    guard isFirst else { return }
    Termination.noteFailure()
    if failure.printer == rank {
      ProcessEnd.report(failure.sentence, program: settings.program, code: failure.code)
    }
    // Rank 0 tells all; another tells rank 0 that it was given up, should it only have been stopped.
    for connection in connections { connection.send(.failure(failure)) }
    hasFailed.store(true, ordering: .releasing)
  }
}

extension Duration {
  /// "10 s", "0.5 s".
  var text: String {
    let seconds = Double(components.seconds) + Double(components.attoseconds) / 1e18
    return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
  }
}
