import Glibc

/// One end of a TCP connection of the watch, which never blocks.
final class Connection {
  let socket: Int32

  /// The rank at the other end; nil until it has said so.
  var rank: Int?
  var lastHeard: ContinuousClock.Instant
  var hasSaidGoodbye = false

  private var incoming: [UInt8] = []
  private var outgoing: [UInt8] = []

  init(_ socket: Int32, rank: Int?, now: ContinuousClock.Instant) {
    (self.socket, self.rank, lastHeard) = (socket, rank, now)
    _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
    _ = fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK)
    // News of a failure must not wait for a full packet.
    var on: Int32 = 1
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  deinit { close(socket) }

  var isFlushed: Bool { outgoing.isEmpty }

  /// Sends a frame as far as there is room, and keeps the rest.
  func send(_ frame: Frame) {
    // Beats that cannot be sent need not be sent late.
    if frame == .heartbeat, !outgoing.isEmpty { return }
    outgoing += frame.bytes
    flush()
  }

  /// Sends what was kept.
  func flush() {
    while !outgoing.isEmpty {
      let count = outgoing.withUnsafeBytes {
        Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        // Nobody is there to read it; that the connection is closed is noticed where it is read.
        if errno != EAGAIN { outgoing = [] }
        return
      }
      outgoing.removeFirst(count)
    }
  }

  /// Reads what has come.
  ///
  /// - Returns: false if the other end has closed the connection, or sends what is no frame.
  func receive() -> (frames: [Frame], isOpen: Bool) {
    var isOpen = true
    var block = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = recv(socket, &block, block.count, 0)
      if count > 0 {
        incoming += block.prefix(count)
        continue
      }
      if count < 0, errno == EINTR { continue }
      isOpen = count < 0 && errno == EAGAIN
      break
    }
    var frames: [Frame] = []
    do {
      while let frame = try Frame(takingFrom: &incoming) { frames.append(frame) }
    } catch {
      isOpen = false
    }
    return (frames, isOpen)
  }
}
