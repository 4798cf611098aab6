extension Communicator {
  /// Starts to send bytes of any number, which have to stay in place until the request is done.
  ///
  /// - Parameter tag: 0..<16,384; tells messages of two ranks apart, which otherwise arrive in the order in which they were sent.
  package func startSend(_ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int = 0)
    throws(MessagePassingError)
    -> Request
  {
    try link.send(bytes, to: rank, tag: tag)
  }

  /// Starts to receive that many bytes.
  package func startReceive(into bytes: UnsafeMutableRawBufferPointer, from rank: Int, tag: Int = 0)
    throws(MessagePassingError) -> Request
  {
    try link.receive(bytes, from: rank, tag: tag)
  }

  /// Waits for a message, while collectives under way go on.
  package func wait(for request: Request) throws(MessagePassingError) {
    _ = try poll(request)
    awaitedRequest = request
    defer { awaitedRequest = nil }
    try wait { request.isDone }
  }

  /// - Returns: true if any of the message has moved.
  func poll(_ request: Request) throws(MessagePassingError) -> Bool {
    let before = request.doneCount
    do {
      _ = try request.advance()
    } catch {
      throw consequence(of: error, in: activity)
    }
    return request.doneCount > before
  }
}
