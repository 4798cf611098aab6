import Glibc

/// This process as one of several that compute together: who the others are, messages to them, and collectives.
///
/// Used by one thread at a time. Collectives and messages are started and then polled; any number may be under way. All errors end
/// the run of all ranks: see `MessagePassingError`.
package final class Communicator {
  /// This process's number, from 0.
  package let rank: Int

  /// The number of processes.
  package let size: Int

  /// This process's number among those of its host, from 0.
  package let localRank: Int

  /// The number of processes of this host.
  package let localSize: Int

  /// The host of each rank.
  package let hosts: [String]

  /// This process's host.
  package var host: String { hosts[rank] }

  /// The library's name and version, or nil for a process that is alone.
  package let version: String?

  package let settings: CommunicatorSettings

  /// What this rank is busy with between collectives, for the sentence about a rank that is lost meanwhile.
  package var activity = ActivityName("the start") {
    didSet { noteActivity() }
  }

  let link: Link
  let pool = ScratchPool()
  private var library: MPILibrary?
  private var watch: Watch?
  private var underWay: [Collective] = []
  /// A message that the caller waits for.
  var awaitedRequest: Request?
  private var tags = 0
  private var waited = Duration.zero
  private var lastPoll = ContinuousClock.now

  /// A process that is alone.
  private init(alone host: String, _ settings: CommunicatorSettings) {
    (rank, size, localRank, localSize, hosts, version) = (0, 1, 0, 1, [host], nil)
    (self.settings, link, library) = (settings, Link(rank: 0, size: 1, library: nil), nil)
  }

  private init(
    _ library: MPILibrary, local: (rank: Int, size: Int), hosts: [String], version: String, rank: Int,
    _ settings: CommunicatorSettings
  ) {
    (self.rank, size, self.hosts, self.version) = (rank, hosts.count, hosts, version)
    (localRank, localSize) = local
    (self.settings, link) = (settings, Link(rank: rank, size: hosts.count, library: library))
    self.library = library
  }

  /// Joins the ranks that a launcher such as mpirun has started; a process without one is alone, and no library is opened.
  ///
  /// Once in a process, by all ranks.
  ///
  /// - Throws: `unavailable` if a launcher wants MPI and there is none, or ranks cannot reach each other by TCP.
  package static func open(_ settings: CommunicatorSettings = CommunicatorSettings())
    throws(MessagePassingError)
    -> Communicator
  {
    func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
    // Our launcher has mpirun ignore it, which a rank inherits.
    if variable(ProcessEnd.reportVariable) != nil { signal(SIGPIPE, SIG_DFL) }
    guard let launcher = Launcher(variable), launcher.rankCount != 1 else {
      return Communicator(alone: ownHost(), settings)
    }
    var library = try MPILibrary(for: launcher, path: variable("LEMNOS_MPI_LIBRARY"))
    let (name, host) = (library.name, ownHost())
    let (rank, size, local) = try DeadlineGuard.within(
      settings.deadline, program: settings.program,
      {
        let ranks = NeighbouringRanks()
        let stopped = ranks.stopped.map { "rank \($0.rank)" }.joined(separator: " and ")
        guard stopped.isEmpty || ranks.isFirst else { return DeadlineGuard.End() }
        let sentence =
          "\(name) did not start on \(host) within \(settings.deadline.text): "
          + (stopped.isEmpty
            ? "another rank may have ended before, or hosts may not reach each other; see what the other ranks say"
            : "\(stopped) \(ranks.stopped.count == 1 ? "is" : "are") stopped; start all ranks again")
        return DeadlineGuard.End(sentence: sentence, processes: ranks.stopped.map(\.process))
      }
    ) { () throws(MessagePassingError) in
      try library.start()
      return (try library.rank, try library.size, try library.local)
    }
    guard size == launcher.rankCount ?? size else {
      throw MessagePassingError(
        .unavailable,
        "\(launcher.name) started \(launcher.rankCount ?? size) ranks, but \(name) on \(host) knows of \(size); start them with the "
          + "mpirun that belongs to \(name), or set LEMNOS_MPI_LIBRARY to the library that belongs to the launcher"
      )
    }
    // Names of hosts are exchanged by a communicator that knows none yet.
    let first = Communicator(
      library, local: local, hosts: Array(repeating: host, count: size), version: "", rank: rank, settings)
    first.tags = 1
    let identity = RankIdentity(host: try library.host)
    let ranks = try first.gather(identity.bytes, as: ActivityName("the start")).map { bytes in
      RankIdentity(bytes) ?? identity
    }
    let communicator = Communicator(
      library, local: local, hosts: ranks.map(\.host), version: try library.version, rank: rank, settings)
    try communicator.startWatch(ranks)
    return communicator
  }

  private func startWatch(_ ranks: [RankIdentity]) throws(MessagePassingError) {
    guard size > 1 else { return }
    let name = ActivityName("the start")
    let watch = Watch(rank: rank, ranks, settings: settings)
    if rank == 0 {
      let isLocal = localSize == size
      let (socket, port) = try Socket.listening(isLocal: isLocal)
      defer { close(socket) }
      let token = (0..<16).map { _ in UInt8.random(in: 0...255) }
      let door = Watch.Door(
        token: token, port: port, addresses: isLocal ? ["127.0.0.1"] : Socket.ownAddresses())
      _ = try gather(door.bytes, as: name)
      watch.start(
        try Watch.accept(size - 1, at: socket, token: token, hosts: hosts, deadline: settings.deadline))
    } else {
      guard let door = Watch.Door(try gather([], as: name)[0]) else {
        throw MessagePassingError(.failed, "Rank 0 on \(hosts[0]) sent no address to connect to")
      }
      watch.start(
        [try Watch.connect(rank, to: door, hosts: hosts, deadline: settings.deadline)])
    }
    self.watch = watch
  }

  private static func ownHost() -> String {
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  // What is under way.

  /// A tag for each collective under way; the same on all ranks, because they start the same in the same order.
  ///
  /// MPI promises tags up to 32,767; the lower half is for callers.
  func nextTag() -> Int {
    tags = (tags + 1) % 16_384
    return 16_384 + tags
  }

  /// Begins a collective.
  func start(_ name: ActivityName, _ stages: any Stages) throws(MessagePassingError) -> Collective {
    let collective = Collective(name, stages, self)
    underWay.append(collective)
    noteActivity()
    _ = try advance()
    return collective
  }

  /// Lets all collectives under way go on, in the order in which they were started.
  ///
  /// - Returns: true if anything has moved.
  /// - Throws: also if another rank is lost, or nothing has moved for the deadline.
  package func advance() throws(MessagePassingError) -> Bool {
    if let failure = watch?.failure { throw failure.error }
    var moved = false
    for collective in underWay {
      do {
        if try collective.step() { moved = true }
      } catch {
        throw consequence(of: error, in: collective.name)
      }
    }
    if let request = awaitedRequest, try poll(request) { moved = true }
    if underWay.contains(where: \.isDone) {
      underWay.removeAll(where: \.isDone)
      noteActivity()
    }
    try noteWaiting(moved)
    return moved
  }

  /// Polls until something is so, without taking a core from others.
  package func wait(until isSo: () -> Bool) throws(MessagePassingError) {
    var backoff = Backoff()
    while !isSo() {
      if try advance() { backoff.reset() } else { backoff.pause() }
    }
  }

  /// Counts the time between polls without progress, a tenth of a second at most each: what the caller does meanwhile is no waiting.
  private func noteWaiting(_ moved: Bool) throws(MessagePassingError) {
    let now = ContinuousClock.now
    waited = moved ? .zero : waited + min(now - lastPoll, .milliseconds(100))
    lastPoll = now
    guard waited > settings.deadline else { return }
    let awaited = underWay.first?.awaited ?? awaitedRequest.map { [$0.peer] } ?? []
    guard !awaited.isEmpty else { return }
    waited = .zero
    let ranks = Set(awaited).sorted()
    let who =
      ranks.count == 1
      ? "rank \(ranks[0]) on \(hosts[ranks[0]])" : "ranks \(ranks.map(String.init).joined(separator: ", "))"
    throw end(
      MessagePassingError(
        .stalled,
        "Rank \(rank) on \(host) has waited \(settings.deadline.text) for \(who) during \(underWay.first?.name ?? activity), and gives up: "
          + "see what keeps it, or allow a longer deadline; \(settings.advice)"))
  }

  private func noteActivity() { watch?.activity = underWay.first?.name ?? activity }

  // How it ends.

  /// The error that a failed call of MPI comes from: mostly another rank's end, of which the watch will know in a moment.
  func consequence(of error: MessagePassingError, in name: ActivityName) -> MessagePassingError {
    if let failure = watch?.failure(within: .seconds(1)) { return failure.error }
    return end(
      MessagePassingError(
        error.category, "\(error) (rank \(rank) on \(host), \(name)); \(settings.advice)", code: error.code))
  }

  /// Tells all ranks why they have to end.
  ///
  /// - Returns: the error to throw, which may be that of a rank that was faster.
  func end(_ error: MessagePassingError) -> MessagePassingError {
    guard let watch else { return error }
    watch.announce(error.category, error.description, code: error.code)
    return watch.failure(within: .seconds(2))?.error ?? error
  }

  /// Ends all ranks with this rank's sentence, which is printed once.
  ///
  /// - Parameter code: the exit code of all.
  package func fail(with sentence: String, code: Int32 = 70) -> Never {
    end(after: end(MessagePassingError(.announced, sentence, code: code)))
  }

  /// Ends this process after an error, with its code; prints it unless that has been done for all ranks.
  package func end(after error: MessagePassingError) -> Never {
    if !error.isReported { ProcessEnd.report(error.description, program: settings.program, code: error.code) }
    if let failure = watch?.failure {
      // The watch ends this process too, when all know of the rank that does not respond.
      while failure.silent != nil { usleep(100_000) }
      // Rank 0 has to tell the others, which its thread does at once, and to live until they have heard it.
      usleep(rank == 0 ? 200_000 : 0)
    }
    ProcessEnd.now(code: error.code)
  }

  /// Waits for all ranks, and ends MPI; nothing else may be called after it.
  ///
  /// A rank that ends without it counts as lost.
  package func finish() throws(MessagePassingError) {
    guard var library else { return }
    try barrier(as: ActivityName("the end"))
    watch?.sayGoodbye()
    try DeadlineGuard.within(
      settings.deadline, program: settings.program,
      { [name = library.name, host, limit = settings.deadline] in
        DeadlineGuard.End(
          sentence:
            "\(name) did not end on \(host) within \(limit.text) although all ranks were done; results are complete"
        )
      }
    ) { () throws(MessagePassingError) in try library.finalize() }
    watch?.stop()
    (self.library, watch) = (nil, nil)
  }
}
