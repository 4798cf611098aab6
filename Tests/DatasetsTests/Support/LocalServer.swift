import Glibc
import Synchronization

/// A web server on 127.0.0.1 that serves a test's pages, with the faults that the test asks for.
final class LocalServer: Sendable {
  /// The response for one path.
  struct Page {
    var content: [UInt8]
    var status = 200
    /// The bytes sent before the connection is cut, for each request in turn; later requests get everything.
    var cuts: [Int] = []
    /// True if it honours a Range header.
    var ranges = true
  }

  /// A received request: the path, and the start of its Range header.
  struct Request: Equatable {
    var path: String
    var rangeStart: Int?
  }

  struct Failure: Error { let errno: CInt }

  let port: UInt16
  private let listener: CInt
  private let state: Mutex<(pages: [String: Page], requests: [Request])>

  var baseURL: String { "http://127.0.0.1:\(port)/" }
  var requests: [Request] { state.withLock { $0.requests } }

  init(_ pages: [String: Page]) throws {
    listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let status = withUnsafeMutablePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        guard bind(listener, address, size) == 0, listen(listener, 8) == 0 else { return CInt(-1) }
        return getsockname(listener, address, &size)
      }
    }
    guard status == 0 else { throw Failure(errno: errno) }
    port = UInt16(bigEndian: address.sin_port)
    state = Mutex((pages, []))
    var thread = pthread_t()
    // The thread keeps the server alive until `stop`.
    let context = Unmanaged.passRetained(self).toOpaque()
    pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<LocalServer>.fromOpaque(context).takeRetainedValue().serve()
        return nil
      }, context)
    pthread_detach(thread)
  }

  /// Stops accepting connections.
  func stop() { shutdown(listener, CInt(SHUT_RDWR)) }

  private func serve() {
    while true {
      let connection = accept(listener, nil, nil)
      guard connection >= 0 else { break }
      answer(connection)
      shutdown(connection, CInt(SHUT_WR))
      close(connection)
    }
    close(listener)
  }

  private func answer(_ connection: CInt) {
    var head: [UInt8] = []
    var byte: UInt8 = 0
    while !head.suffix(4).elementsEqual("\r\n\r\n".utf8), recv(connection, &byte, 1, 0) == 1 {
      head.append(byte)
    }
    let lines = String(decoding: head, as: UTF8.self).split(whereSeparator: \.isNewline)
    guard let words = lines.first?.split(separator: " "), words.count > 1 else { return }
    let range = lines.first { $0.lowercased().hasPrefix("range: bytes=") }
    let start = range.flatMap { Int($0.dropFirst("range: bytes=".count).prefix(while: \.isNumber)) }
    let path = String(words[1].dropFirst())

    let (page, cut) = state.withLock { state -> (Page?, Int?) in
      state.requests.append(Request(path: path, rangeStart: start))
      let cut = state.pages[path].flatMap { $0.cuts.isEmpty ? nil : $0.cuts[0] }
      if cut != nil { state.pages[path]?.cuts.removeFirst() }
      return (state.pages[path], cut)
    }
    guard let page, page.status == 200 else {
      let status = page?.status ?? 404
      send("HTTP/1.1 \(status) No\r\nContent-Length: 5\r\nConnection: close\r\n\r\nerror", to: connection)
      return
    }
    let size = page.content.count
    var body = page.content[...]
    var header = "HTTP/1.1 200 OK\r\n"
    if let start, page.ranges {
      guard start < size else {
        send("HTTP/1.1 416 No\r\nContent-Range: bytes */\(size)\r\nContent-Length: 0\r\n\r\n", to: connection)
        return
      }
      body = body[start...]
      header = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes \(start)-\(size - 1)/\(size)\r\n"
    }
    send("\(header)Content-Length: \(body.count)\r\nConnection: close\r\n\r\n", to: connection)
    send(Array(cut.map { body.prefix($0) } ?? body), to: connection)
  }

  private func send(_ text: String, to connection: CInt) { send(Array(text.utf8), to: connection) }

  private func send(_ bytes: [UInt8], to connection: CInt) {
    let flags = CInt(MSG_NOSIGNAL)  // a client that disconnected must not raise SIGPIPE
    var rest = bytes[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes { Glibc.send(connection, $0.baseAddress, $0.count, flags) }
      guard sent > 0 else { return }
      rest = rest.dropFirst(sent)
    }
  }
}
