import Execution
import Programs
import Tensors

extension CPUExecutable: ProfiledExecutable {
  var barrierCount: Int? { nil }

  func profile(steps: Int) throws -> [InstructionTime] {
    let running = program.instructions.indices.filter { program.hasWork(program.instructions[$0]) }
    var times: [InstructionTime] = []
    times.reserveCapacity(steps * running.count)
    let clock = ContinuousClock()
    let origin = clock.now
    func now() -> UInt64 {
      let (seconds, attoseconds) = (clock.now - origin).components
      return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
    for step in 0..<steps {
      for instruction in running {
        let start = now()
        for kernel in work[instruction] { pool.run(kernel) }
        times.append(InstructionTime(step: step, instruction: instruction, start: start, end: now()))
      }
    }
    return times
  }
}
