import Datasets
import Execution
import Programs
import Tensors
import Testing

@testable import Training

@Suite("What feeds a ring")
struct BatchFeedTests {
  /// The events, in order.
  private final class Log {
    enum Event: Equatable {
      case write(part: Int)
      case run(steps: Int)
    }
    var events: [Event] = []
  }

  /// A staging ring in host memory, and a fake program that records the labels that it reads.
  private final class Reader: Executable, StagingRing {
    let log = Log()
    let stepsPerSubmit: Int
    private(set) var seen: [[Int32]] = []
    private(set) var images: [[UInt8]] = []
    var counter = 0
    private let ring: BatchRing
    private var memory: [[UInt8]]
    var parts = 1

    init(_ ring: BatchRing, stepsPerSubmit: Int) {
      (self.ring, self.stepsPerSubmit) = (ring, stepsPerSubmit)
      // Labels and pixels that no image has.
      memory = ring.states.map { [UInt8](repeating: 0xEE, count: $0.byteCount) }
    }

    func write(part: Int, _ fill: ([UnsafeMutableRawBufferPointer]) throws -> Void) throws {
      log.events.append(.write(part: part))
      let sizes = memory.map { $0.count / parts }
      var (first, second) = (memory[0], memory[1])
      try first.withUnsafeMutableBytes { first in
        try second.withUnsafeMutableBytes { second in
          try fill(
            zip([first, second], sizes).map { bytes, size in
              UnsafeMutableRawBufferPointer(rebasing: bytes[part * size..<(part + 1) * size])
            })
        }
      }
      memory = [first, second]
    }

    func run(steps: Int) throws {
      log.events.append(.run(steps: steps))
      for _ in 0..<steps {
        let slot = counter % ring.slots
        seen.append(
          memory[1].withUnsafeBytes { bytes in
            (0..<ring.batchSize).map {
              bytes.load(fromByteOffset: 4 * (slot * ring.batchSize + $0), as: Int32.self)
            }
          })
        let size = ring.states[0].byteCount / ring.slots
        images.append(Array(memory[0][slot * size..<(slot + 1) * size]))
        counter += 1
      }
    }

    func output(_ index: Int) throws -> TensorValues { TensorValues([Float](), shape: [0]) }
  }

  private final class Shelf: Backend {
    let reader: Reader
    init(_ reader: Reader) { self.reader = reader }
    var name: String { "a shelf" }
    var hasFloat64: Bool { false }
    var capacity: DeviceMemory { DeviceMemory(byteCount: nil) }
    func planned(_ program: Program) -> Program { program }
    func compile(_ program: Program) throws -> any Executable { reader }
    func write(_ bytes: UnsafeRawBufferPointer, to state: State) throws {}
    func read(_ state: State) throws -> TensorValues { state.initial.values(for: state, seed: 0) }
    func makeStagingRing(of states: [State], parts: Int) throws -> any StagingRing {
      reader.parts = parts
      return reader
    }
  }

  /// 40 images of two pixels, with labels of 1,000 times their index.
  private let images = Result {
    try LabeledImages(
      pixels: (0..<80).map { UInt8($0) }, labels: (0..<40).map { 1000 * $0 },
      shape: ImageShape(channels: 1, height: 1, width: 2))
  }

  private func feed(slots: Int, stepsPerSubmit: Int) throws -> (BatchFeed, Reader) {
    let images = try images.get()
    // Three images of two pixels and a label, for each slot.
    let ring = BatchRing("test", batchSize: 3, of: images.fields, batches: .max, upTo: 18 * slots)
    #expect(ring.slots == slots)
    let reader = Reader(ring, stepsPerSubmit: stepsPerSubmit)
    let order = SequentialOrder(batchSize: 3, count: images.count)
    return (try BatchFeed(ring, of: images, in: order, for: reader, on: Shelf(reader)), reader)
  }

  @Test("has each batch there before it is read, whatever is run at once", arguments: [1, 2, 3, 4, 64])
  func content(stepsPerSubmit: Int) throws {
    for slots in [2, 4, 8, 16] {
      for chunks in [[13], [1, 1, 1, 1, 1, 1, 1, 1], [2, 5, 3, 1, 2], [7, 6]] {
        let (feed, reader) = try feed(slots: slots, stepsPerSubmit: stepsPerSubmit)
        for chunk in chunks { try feed.run(from: reader.counter, count: chunk) }
        // Indices beyond the last image are clamped.
        let numbers = (0..<chunks.reduce(0, +)).map { batch in
          (3 * batch..<3 * batch + 3).map { min($0, 39) }
        }
        let pixels = numbers.map { batch in batch.flatMap { [UInt8(2 * $0), UInt8(2 * $0 + 1)] } }
        #expect(reader.seen == numbers.map { batch in batch.map { Int32(1000 * $0) } })
        #expect(reader.images == pixels)
      }
    }
  }

  @Test("writes the next part when steps were handed over, not when the next ones are due")
  func ahead() throws {
    let (feed, reader) = try feed(slots: 4, stepsPerSubmit: 2)
    try feed.run(from: 0, count: 8)
    #expect(
      reader.log.events == [
        .write(part: 0), .run(steps: 2), .write(part: 1), .run(steps: 2), .write(part: 0), .run(steps: 2),
        .write(part: 1), .run(steps: 2), .write(part: 0),
      ])
  }

  @Test("gets further ahead in a longer ring, by no more than two parts at a time")
  func further() throws {
    let (feed, reader) = try feed(slots: 8, stepsPerSubmit: 1)
    try feed.run(from: 0, count: 3)
    #expect(
      reader.log.events == [
        .write(part: 0), .run(steps: 1), .write(part: 1), .write(part: 2), .run(steps: 1), .write(part: 3),
        .write(part: 4), .run(steps: 1), .write(part: 5), .write(part: 6),
      ])
  }

  @Test("begins anywhere, and writes nothing twice")
  func anywhere() throws {
    let (feed, reader) = try feed(slots: 4, stepsPerSubmit: 2)
    reader.counter = 5
    try feed.run(from: 5, count: 1)
    #expect(reader.log.events == [.write(part: 0), .run(steps: 1), .write(part: 1)])
    #expect(reader.seen == [[15000, 16000, 17000]])
    // Batches that the ring still holds are not written again.
    reader.log.events = []
    reader.counter = 4
    try feed.run(from: 4, count: 4)
    #expect(reader.log.events == [.run(steps: 2), .run(steps: 2), .write(part: 0)])
    #expect(reader.seen.last == [21000, 22000, 23000])
  }

  @Test("forgets what the ring holds when the order changes")
  func reset() throws {
    let (feed, reader) = try feed(slots: 2, stepsPerSubmit: 1)
    try feed.run(from: 0, count: 1)
    feed.reset(to: SequentialOrder(batchSize: 3, count: 2))
    reader.counter = 0
    try feed.run(from: 0, count: 2)
    #expect(reader.seen == [[0, 1000, 2000], [0, 1000, 1000], [1000, 1000, 1000]])
  }
}
