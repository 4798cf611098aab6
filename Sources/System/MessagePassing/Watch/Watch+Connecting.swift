import Glibc

extension Watch {
  /// Where rank 0 listens, as it tells the others over MPI.
  struct Door: Equatable {
    let token: [UInt8]
    let port: UInt16
    let addresses: [String]

    /// One text for all of it.
    var bytes: [UInt8] {
      Array(
        ([String(port), token.map(String.init).joined(separator: ",")] + addresses).joined(separator: " ")
          .utf8)
    }

    init(token: [UInt8], port: UInt16, addresses: [String]) {
      (self.token, self.port, self.addresses) = (token, port, addresses)
    }

    init?(_ bytes: [UInt8]) {
      let words = String(decoding: bytes, as: UTF8.self).split(separator: " ").map(String.init)
      guard words.count >= 2, let port = UInt16(words[0]) else { return nil }
      self.init(
        token: words[1].split(separator: ",").compactMap { UInt8($0) }, port: port,
        addresses: Array(words[2...]))
    }
  }

  /// Rank 0's part: waits until all others have connected.
  static func accept(_ count: Int, at socket: Int32, token: [UInt8], hosts: [String], deadline: Duration)
    throws(MessagePassingError) -> sending [Connection]
  {
    let end = ContinuousClock.now + deadline
    var (waiting, accepted): ([Connection], [Connection]) = ([], [])
    while accepted.count < count {
      let now = ContinuousClock.now
      guard now < end else {
        let missing = hosts.indices.dropFirst().filter { rank in !accepted.contains { $0.rank == rank } }
        throw MessagePassingError(
          .unavailable,
          "Rank \(missing.first ?? 1) on \(hosts[missing.first ?? 1]) did not connect to rank 0 on \(hosts[0]) within "
            + "\(deadline.text); ranks need TCP connections among their hosts")
      }
      var entries =
        [pollfd(fd: socket, events: Int16(POLLIN), revents: 0)]
        + waiting.map { pollfd(fd: $0.socket, events: Int16(POLLIN), revents: 0) }
      _ = poll(&entries, nfds_t(entries.count), 100)
      if entries[0].revents != 0 {
        let next = Glibc.accept(socket, nil, nil)
        if next >= 0 { waiting.append(Connection(Socket.closedEarly(next), rank: nil, now: now)) }
      }
      for connection in waiting {
        let (frames, isOpen) = connection.receive()
        if case .hello(let own, let rank) = frames.first, own == token, hosts.indices.contains(rank),
          rank != 0,
          !accepted.contains(where: { $0.rank == rank })
        {
          connection.rank = rank
          accepted.append(connection)
        }
        if connection.rank != nil || !isOpen || !frames.isEmpty { waiting.removeAll { $0 === connection } }
      }
    }
    return accepted
  }

  /// Another rank's part.
  static func connect(_ rank: Int, to door: Door, hosts: [String], deadline: Duration)
    throws(MessagePassingError) -> sending Connection
  {
    let end = ContinuousClock.now + deadline
    while ContinuousClock.now < end {
      for address in door.addresses {
        guard let socket = Socket.connected(to: address, port: door.port, within: 3_000) else { continue }
        let connection = Connection(Socket.closedEarly(socket), rank: 0, now: .now)
        connection.send(.hello(token: door.token, rank: rank))
        return connection
      }
      usleep(50_000)
    }
    throw MessagePassingError(
      .unavailable,
      "Rank \(rank) on \(hosts[rank]) cannot connect to rank 0 on \(hosts[0]) "
        + "(\(door.addresses.joined(separator: ", ")), port \(door.port)); ranks need TCP connections among their hosts"
    )
  }
}
