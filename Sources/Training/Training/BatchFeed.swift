import Datasets
import Execution
import Programs

/// Runs a program whose batches are in a ring buffer, and fills the ring ahead of it.
///
/// The host gathers and transfers the next batches while the device runs the submitted steps. The ring is
/// divided into parts of as many batches as are submitted at once; two parts suffice for that overlap, and
/// the others absorb host delays.
final class BatchFeed {
  private let ring: BatchRing
  private let examples: any DataSource
  /// Nil for examples that are the same in all epochs.
  private let batchesPerEpoch: Int?
  private var order: any BatchOrder
  private let executable: any Executable
  private let memory: any StagingRing
  /// Batches per part of the ring.
  private let batchesPerPart: Int
  /// The part of the batches, counted from the first batch, that each part of the ring holds; nil for none.
  private var held: [Int?]

  /// The maximum number of parts filled after each run: one replaces the part just read, one gets further
  /// ahead.
  private static let partsPerRun = 2

  /// - Parameter batchesPerEpoch: of training; nil for an evaluation.
  init(
    _ ring: BatchRing, of examples: any DataSource, in order: any BatchOrder, batchesPerEpoch: Int? = nil,
    for executable: any Executable, on backend: any Backend
  ) throws {
    self.batchesPerEpoch = examples.isDrawnAnew ? batchesPerEpoch : nil
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
      // All other parts may be overwritten now: their readers have been submitted.
      let ahead = (part + 1..<part + held.count).lazy.filter { self.held[$0 % self.held.count] != $0 }
      for part in ahead.prefix(BatchFeed.partsPerRun) { try fill(part) }
    }
  }

  /// Fills the whole ring, starting with the part of a batch.
  func fill(from batch: Int) throws {
    let part = batch / batchesPerPart
    for part in part..<part + held.count { try fill(part) }
  }

  /// Switches to another order of examples.
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
        let index = part * batchesPerPart + batch
        let numbers = try order.numbers(ofBatch: index)
        let places = zip(targets, ring.fields).map { target, field in
          let size = ring.batchSize * field.byteCount
          return UnsafeMutableRawBufferPointer(rebasing: target[batch * size..<(batch + 1) * size])
        }
        let epoch = batchesPerEpoch.map { examples.inEpoch(index / $0) }
        try (epoch ?? examples).read(numbers.map { Int($0) }, into: places)
      }
    }
    held[place] = part
  }
}
