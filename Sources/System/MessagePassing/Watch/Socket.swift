import Glibc

/// TCP sockets as the watch needs them.
enum Socket {
  /// A socket that listens, on a port that the system chooses.
  ///
  /// - Parameter isLocal: true if all ranks are on this host: nobody else can connect then.
  static func listening(isLocal: Bool) throws(MessagePassingError) -> (socket: Int32, port: UInt16) {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = isLocal ? UInt32(0x7F00_0001).bigEndian : 0
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        socket >= 0 && bind(socket, $0, length) == 0 && listen(socket, SOMAXCONN) == 0
          && getsockname(socket, $0, &length) == 0
      }
    }
    guard isListening else {
      throw MessagePassingError(
        .failed, "Rank 0 cannot listen for the heartbeats of other ranks: \(String(cString: strerror(errno)))"
      )
    }
    return (socket, UInt16(bigEndian: address.sin_port))
  }

  /// The addresses by which other hosts may reach this one, as text.
  ///
  /// Which of several networks leads to a host only that host can find out, so it tries all of them.
  static func ownAddresses() -> [String] {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0, let first = list else { return [] }
    defer { freeifaddrs(first) }
    let all = sequence(first: first) {
      (entry: UnsafeMutablePointer<ifaddrs>) -> UnsafeMutablePointer<ifaddrs>? in
      entry.pointee.ifa_next
    }
    return all.compactMap { entry in
      let entry = entry.pointee
      guard let address = entry.ifa_addr,
        address.pointee.sa_family == sa_family_t(AF_INET),
        entry.ifa_flags & UInt32(IFF_UP) != 0, entry.ifa_flags & UInt32(IFF_LOOPBACK) == 0
      else { return nil }
      var text = [CChar](repeating: 0, count: Int(INET_ADDRSTRLEN))
      var number = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_addr }
      guard inet_ntop(AF_INET, &number, &text, socklen_t(text.count)) != nil else { return nil }
      return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
  }

  /// Gives a socket a high number.
  ///
  /// Ranks that died with one at a low number were named less often (7 of 80 times) than with one at a high number (69 of 80), as if
  /// files were closed from the highest number down; beside usual numbers no gain was shown. MPICH's mpirun kills all other ranks as soon as its own
  /// connection to the dead one is closed; the time between is for those to say who died.
  static func closedEarly(_ socket: Int32) -> Int32 {
    // Below the usual limit of 1,024; the watch of more ranks goes on from the next free number.
    let moved = fcntl(socket, F_DUPFD_CLOEXEC, 900)
    guard moved >= 0 else { return socket }
    close(socket)
    return moved
  }

  /// Connects, or gives up after some milliseconds.
  static func connected(to host: String, port: UInt16, within milliseconds: Int32) -> Int32? {
    let socket = Glibc.socket(
      AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    guard socket >= 0 else { return nil }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
      close(socket)
      return nil
    }
    let status = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if status != 0 {
      var entry = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
      var error: Int32 = 0
      var length = socklen_t(MemoryLayout<Int32>.size)
      guard errno == EINPROGRESS, poll(&entry, 1, milliseconds) == 1,
        getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length) == 0, error == 0
      else {
        close(socket)
        return nil
      }
    }
    return socket
  }
}
