import Datasets
import Programs

/// Runs a program whose batches lie in a ring, and keeps the ring filled ahead of it.
///
/// The host gathers the next batches and sends them off while the device is at work on the steps that were handed over. The
/// ring is cut into parts of as many batches as are handed over at once; two of them are enough for that, and the others
/// make up for moments in which the host is slow.
final class BatchFeed {
  private let ring: BatchRing
  private let examples: any DataSource
  private var order: any BatchOrder
  private let executable: any Executable
  private let memory: any StagingRing
  /// Batches in a part of the ring.
  private let batchesPerPart: Int
  /// For each part of the ring which part of the batches it holds, counted from the first batch; nil for none.
  private var held: [Int?]

  /// Parts that are filled after each run, at most: one takes the place of the part that was read, one gets further ahead.
  private static let partsPerRun = 2

  init(
    _ ring: BatchRing, of examples: any DataSource, in order: any BatchOrder, for executable: any Executable,
    on backend: any Backend
  ) throws {
    (self.ring, self.examples, self.order, self.executable) = (ring, examples, order, executable)
    batchesPerPart = min(ring.slots / 2, executable.stepsPerSubmit).roundedDownToPowerOfTwo
    let parts = ring.slots / batchesPerPart
    memory = try backend.makeStagingRing(of: ring.states, parts: parts)
    held = Array(repeating: nil, count: parts)
  }

  /// Runs the program on some batches, one after another.
  ///
  /// - Parameter first: the batch that its counter is at.
  func run(from first: Int, count: Int) throws {
    var (batch, end) = (first, first + count)
    while batch < end {
      let part = batch / batchesPerPart
      try fill(part)
      let next = min(end, (part + 1) * batchesPerPart)
      try executable.run(steps: next - batch)
      batch = next
      // All but this part may change now: what reads the others was handed over before.
      let ahead = (part + 1..<part + held.count).lazy.filter { self.held[$0 % self.held.count] != $0 }
      for part in ahead.prefix(BatchFeed.partsPerRun) { try fill(part) }
    }
  }

  /// Fills all of the ring, beginning with the part of a batch.
  func fill(from batch: Int) throws {
    let part = batch / batchesPerPart
    for part in part..<part + held.count { try fill(part) }
  }

  /// From now on batches have other examples.
  func reset(to order: any BatchOrder) {
    self.order = order
    held = held.map { _ in nil }
  }

  private func fill(_ part: Int) throws {
    let place = part % held.count
    guard held[place] != part else { return }
    held[place] = nil
    try memory.write(part: place) { targets in
      for batch in 0..<batchesPerPart {
        let numbers = try order.numbers(ofBatch: part * batchesPerPart + batch)
        let places = zip(targets, ring.fields).map { target, field in
          let size = ring.batchSize * field.byteCount
          return UnsafeMutableRawBufferPointer(rebasing: target[batch * size..<(batch + 1) * size])
        }
        try examples.read(numbers.map { Int($0) }, into: places)
      }
    }
    held[place] = part
  }
}
