import MessagePassing

/// `bytes`: barriers, gathering, broadcasts and messages of all lengths.
func checkBytes(_ communicator: Communicator, _ arguments: [Int]) throws {
  let (rank, size) = (communicator.rank, communicator.size)
  let name = ActivityName("bytes")
  for _ in 0..<20 { try communicator.barrier(as: name) }

  func text(_ rank: Int) -> [UInt8] { Array(repeating: UInt8(rank), count: 1000 * rank) }
  let all = try communicator.gather(text(rank), as: name)
  expect(all == (0..<size).map(text), communicator, "gather")
  expect(try communicator.gather([], as: name) == Array(repeating: [], count: size), communicator, "nothing")

  // An odd number, and more than one message for each slice.
  for count in [0, 1, 63, 5_000_001] {
    for root in 0..<size {
      let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
      defer { bytes.deallocate() }
      for index in 0..<count {
        bytes[index] = rank == root ? UInt8(truncatingIfNeeded: 7 * index + root) : 255
      }
      try communicator.startBroadcast(bytes, from: root, as: name).wait()
      let isRight = (0..<count).allSatisfy { bytes[$0] == UInt8(truncatingIfNeeded: 7 * $0 + root) }
      expect(isRight, communicator, "broadcast of \(count) bytes from \(root)")
    }
  }

  let (next, previous) = ((rank + 1) % size, (rank + size - 1) % size)
  for count in [0, 1, 1000, 3_000_001] where size > 1 {
    let sent = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
    let received = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
    defer {
      sent.deallocate()
      received.deallocate()
    }
    for index in 0..<count { (sent[index], received[index]) = (UInt8(truncatingIfNeeded: index + rank), 0) }
    let receive = try communicator.startReceive(into: received, from: previous, tag: 5)
    let send = try communicator.startSend(UnsafeRawBufferPointer(sent), to: next, tag: 5)
    try communicator.wait(for: receive)
    try communicator.wait(for: send)
    let isRight = (0..<count).allSatisfy { received[$0] == UInt8(truncatingIfNeeded: $0 + previous) }
    expect(isRight, communicator, "message of \(count) bytes")
  }
  if size > 1 {
    // A message that never comes can be given up.
    let one = UnsafeMutableRawBufferPointer.allocate(byteCount: 1, alignment: 1)
    defer { one.deallocate() }
    let never = try communicator.startReceive(into: one, from: next, tag: 6)
    expect(try !never.advance(), communicator, "a message that nobody sent")
    try never.cancel()
  }
}

/// `agree rank`: that rank, or none, was given another seed.
func checkAgreement(_ communicator: Communicator, _ arguments: [Int]) throws {
  let seed = communicator.rank == arguments[0] ? "232" : "231"
  try communicator.agree(on: [("batch size", "32"), ("seed", seed), ("data", "9f:0:1")])
}
