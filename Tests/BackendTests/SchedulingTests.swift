import Execution
import Foundation
import Layers
import Models
import Programs
import ReferenceKernels
import Tensors
import TestSupport
import Testing

@testable import CPUBackend

/// A machine of threads of given speeds, on a clock of its own, that runs kernels with the scheduler of the
/// thread pool.
private struct SimulatedMachine {
  /// 1 for a thread that takes the recorded time.
  let speeds: [Double]
  private let shares: PieceShares
  private var round: UInt32 = 0
  private var evenness = Evenness()

  init(speeds: [Double]) {
    self.speeds = speeds
    shares = PieceShares(threads: speeds.count)
  }

  /// The seconds that a kernel takes, of which one thread of speed 1 needs `seconds`, and the least that any
  /// schedule of its pieces could take.
  mutating func run(_ kernel: RecordedKernel) -> (seconds: Double, bound: Double) {
    let work = Work(extent: kernel.extent, grain: kernel.grain) { _ in }
    let threads = work.threadCount(of: speeds.count)
    guard threads > 1 else { return (kernel.seconds / speeds[0], kernel.seconds / speeds[0]) }
    let pieces = work.pieceCount
    round += 1
    shares.begin(
      round, pieces: pieces, threads: threads, grain: work.leastPieces, isEven: evenness.isEven)
    var (clocks, busy) = (Array(repeating: 0.0, count: speeds.count), Array(speeds.indices))
    var done = 0
    while !busy.isEmpty {
      // The thread that comes free first takes pieces first.
      let thread = busy.min { (clocks[$0], $0) < (clocks[$1], $1) } ?? 0
      if let taken = shares.take(by: thread, in: round) {
        done += taken.count
        clocks[thread] += kernel.seconds * Double(taken.count) / Double(pieces) / speeds[thread]
      } else {
        busy.removeAll { $0 == thread }
      }
    }
    #expect(done == pieces)
    let end = clocks.max() ?? 0
    evenness.note(wait: end - clocks[0], of: end)
    return (
      end,
      optimum(ofTakes: pieces / work.leastPieces, each: kernel.seconds / Double(pieces / work.leastPieces))
    )
  }

  /// The least time in which threads of these speeds do so many things of one size, each by one thread.
  private func optimum(ofTakes count: Int, each seconds: Double) -> Double {
    // It is when some thread is done with its last one: the first such time by which all are done.
    let times = speeds.flatMap { speed in (1...count).map { Double($0) * seconds / speed } }.sorted()
    return times[count - 1]
  }
}

/// The sizes of a kernel, and the seconds that it took on one thread.
private struct RecordedKernel: Codable {
  let extent: Int
  let grain: Int
  let seconds: Double
}

@Suite("Scheduling of pieces")
struct SchedulingTests {
  /// One step of ResNet-18 on 256 images of 3×32×32, on one thread of an Intel Xeon (Emerald Rapids).
  ///
  /// `LEMNOS_RECORD=1 swift test --filter SchedulingTests` records them anew.
  private static let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appending(path: "Fixtures/resnet18-pieces.json")

  @Test(
    "keeps threads of unequal speed busy, on the recorded pieces of ResNet-18", arguments: [4, 8, 16, 64])
  func unequal(count: Int) throws {
    let kernels = try JSONDecoder().decode([RecordedKernel].self, from: Data(contentsOf: Self.fixture))
    // Fast and slow cores.
    let speeds = (0..<count).map { $0 % 2 == 0 ? 1 : 0.6 }
    var machine = SimulatedMachine(speeds: speeds)
    var (seconds, bound) = (0.0, 0.0)
    // The second step, when it is known that threads are unequal.
    for isCounted in [false, true] {
      for kernel in kernels {
        let time = machine.run(kernel)
        if isCounted { (seconds, bound) = (seconds + time.seconds, bound + time.bound) }
      }
    }
    #expect(bound / seconds >= 0.9, "\(bound / seconds) with \(count) threads")
  }

  @Test("leaves equal threads their whole shares", arguments: [1, 2, 3, 8])
  func equal(count: Int) {
    let shares = PieceShares(threads: count)
    shares.begin(1, pieces: 1000, threads: count, grain: 4, isEven: true)
    for thread in 0..<count {
      #expect(
        shares.take(by: thread, in: 1) == 1000 * thread / count..<1000 * (thread + 1) / count)
    }
    for thread in 0..<count { #expect(shares.take(by: thread, in: 1) == nil) }
  }

  @Test("gives the pieces of threads that never come to others")
  func absent() {
    let shares = PieceShares(threads: 8)
    shares.begin(1, pieces: 100, threads: 8, grain: 4, isEven: true)
    var visits = [Int](repeating: 0, count: 100)
    while let pieces = shares.take(by: 3, in: 1) { for piece in pieces { visits[piece] += 1 } }
    #expect(visits == [Int](repeating: 1, count: 100))
  }

  @Test("gives nothing of a later kernel to a thread that is late")
  func late() {
    let shares = PieceShares(threads: 2)
    shares.begin(1, pieces: 8, threads: 2, grain: 1, isEven: true)
    while shares.take(by: 0, in: 1) != nil {}
    shares.begin(2, pieces: 8, threads: 2, grain: 1, isEven: true)
    #expect(shares.take(by: 1, in: 1) == nil)
    #expect(shares.take(by: 1, in: 2) == 4..<8)
  }

  @Test(
    "of pieces by a kernel's sizes alone",
    arguments: [(0, 1), (1, 1), (7, 4), (8, 4), (1000, 3), (1 << 30, 1)])
  func cut(extent: Int, grain: Int) {
    let work = Work(extent: extent, grain: grain) { _ in }
    let count = work.pieceCount
    #expect(count == 1 || extent >= 2 * grain)
    #expect(count < 1 << 16)
    #expect(work.range(ofPieces: 0..<count) == 0..<extent)
    for piece in 0..<min(count, 100) {
      #expect(!work.range(ofPieces: piece..<piece + 1).isEmpty || extent == 0)
    }
    #expect(work.threadCount(of: 64) <= max(1, extent / grain))
  }

  @Test("is recorded", .enabled(if: ProcessInfo.processInfo.environment["LEMNOS_RECORD"] != nil))
  func record() throws {
    let key = State("key", [2], dtype: .int32, role: .progress)
    let images = State("images", [256, 3, 32, 32], role: .data, initial: .normal(standardDeviation: 1))
    let pass = Pass(
      .training, states: StateStore(), key: key.value, counter: Tensor(0, dtype: .int32))
    let scores = ResNet.resNet18(classes: 10).forward(images.value, in: pass)
    let loss = softmaxCrossEntropy(scores, Tensor.indices(256) % 10).mean()
    let parameters = pass.states.parameters
    let steps = zip(parameters, gradients(of: loss, at: parameters.map(\.value))).map {
      Assignment($0, $0.value - 1e-3 * $1)
    }
    let program = try Program("step", outputs: [("loss", loss)], assignments: steps + pass.assignments)
    let executable = try #require(CPUBackend(threads: 1).compile(program) as? CPUExecutable)
    var kernels: [RecordedKernel] = []
    let clock = ContinuousClock()
    for isCounted in [false, true] {
      for work in executable.work.joined() {
        let seconds = clock.measure { work.body(0..<work.extent) } / .seconds(1)
        if isCounted {
          kernels.append(RecordedKernel(extent: work.extent, grain: work.grain, seconds: seconds))
        }
      }
    }
    let lines = try kernels.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
    try Data("[\n\(lines.joined(separator: ",\n"))\n]\n".utf8).write(to: Self.fixture)
  }
}
