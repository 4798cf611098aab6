import Execution
import Programs
import VulkanDevice

extension VulkanExecutable: ProfiledExecutable {
  /// The number for a step that follows another one.
  var barrierCount: Int? {
    var hazards = HazardTracker()
    for dispatch in dispatches { _ = hazards.needsBarrier(before: dispatch) }
    return dispatches.count { hazards.needsBarrier(before: $0) }
  }

  /// A barrier before each dispatch, unlike `run`: times of concurrent dispatches could not be told apart.
  func profile(steps: Int) throws -> [InstructionTime] {
    guard !dispatches.isEmpty, steps > 0 else { return [] }
    let running = program.instructions.indices.filter { program.hasWork(program.instructions[$0]) }
    let pool = try device.makeTimestampPool(count: 2 * running.count)
    // The first and the last dispatch of each instruction, of which a scan has many.
    var (firsts, lasts): ([Int: Int], [Int: Int]) = ([:], [:])
    for (number, instruction) in running.enumerated() {
      guard let dispatches = dispatchesOf[instruction] else {
        preconditionFailure("\(program.name) has no dispatch for instruction \(instruction)")
      }
      firsts[dispatches.lowerBound] = number
      lasts[dispatches.upperBound - 1] = number
    }
    let parts = submits.parts
    for piece in parts.joined() { try prepare(piece) }
    let recordings = try parts.indices.map { part in
      try device.record(label: "\(program.name), profiled") { recorder in
        if part == 0 { recorder.reset(pool) }
        for piece in parts[part] {
          recorder.barrier()
          if piece.isFirst, let number = firsts[piece.dispatch] {
            recorder.writeTimestamp(pool, 2 * number)
          }
          record(piece, into: &recorder)
          if piece.isLast, let number = lasts[piece.dispatch] {
            recorder.writeTimestamp(pool, 2 * number + 1)
          }
        }
      }
    }
    var clock = WrappingClock(period: pool.period)
    var times: [InstructionTime] = []
    for step in 0..<steps {
      for recording in recordings { try device.wait(for: device.submit([recording])) }
      let noted = try pool.read().map { clock.unwrapped($0) }
      times += running.enumerated().map { index, instruction in
        InstructionTime(
          step: step, instruction: instruction, start: noted[2 * index], end: noted[2 * index + 1])
      }
    }
    return times
  }
}

/// Unwraps timestamps of a counter that overflows.
struct WrappingClock {
  /// Nanoseconds until overflow; nil if that takes centuries.
  let period: UInt64?
  private var offset: UInt64 = 0
  private var last: UInt64 = 0
  private var latest: UInt64 = 0

  init(period: UInt64?) { self.period = period }

  /// The unwrapped time of a reading, monotonic.
  mutating func unwrapped(_ reading: UInt64) -> UInt64 {
    // A small step back is jitter; a large one is an overflow.
    if let period, reading < last, last - reading > period / 2 { offset += period }
    last = reading
    latest = max(latest, offset + reading)
    return latest
  }
}
