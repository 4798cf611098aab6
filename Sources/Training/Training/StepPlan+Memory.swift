import Execution
import Programs
import Tensors
import Wording

extension StepPlan.Memory {
  /// - Parameter isMeasured: true if evaluation is part of the plan.
  init(of plan: RunPlan, isMeasured: Bool) {
    let states = Set(plan.parts.flatMap(\.states))
    func bytes(_ isCounted: (State) -> Bool) -> Int {
      states.filter(isCounted).reduce(0) { $0 + $1.byteCount }
    }
    let step = MemoryNeed(of: plan.parts).byteCount
    let all = MemoryNeed(of: plan.programs).byteCount
    parameters = bytes(\.isParameter)
    statistics = bytes { $0.role == .statistic }
    optimizer = bytes { $0.role == .optimizer }
    let examples = Set(plan.step.data.states)
    images = bytes { examples.contains($0) }
    arena = plan.parts.reduce(0) { $0 + $1.arenaByteCount }
    other = step - parameters - statistics - optimizer - images - arena
    evaluation = isMeasured ? all - step : nil
    unused = plan.need.byteCount - all
    total = plan.need.byteCount
  }
}

extension MemoryNeed {
  /// The load of everything independent of the batch size.
  func load(on device: DeviceMemory, without arena: Int) -> Double {
    device.limit.map { Double(byteCount - arena) / Double(max($0, 1)) } ?? 0
  }

  /// A sentence about the memory limit that is exceeded; nil if all fits.
  func obstacle(on device: DeviceMemory) -> String? {
    if let most = device.limit, byteCount > most {
      let there =
        device.isCutByRequest
        ? "the limit is \(text(most))"
        : "the device has \(text(most))\(device.available == nil ? "" : " left")"
      return "it takes \(text(byteCount)) of memory, and \(there)"
    }
    if let most = device.largestPiece, largestPiece > most {
      return
        "\(states.contains { $0.byteCount > most } ? "a state" : "its arena") is one piece of \(text(largestPiece)), and the device gives at most "
        + "\(text(most)) in one piece"
    }
    if let most = device.largestValue, let type = largestValue, type.byteCount > most {
      return
        "a value \(type) has \(text(type.byteCount)), and a kernel of the device reaches at most \(text(most))"
    }
    return nil
  }

  private func text(_ bytes: Int) -> String { bytes.inMegabytes() }
}
