import Checkpoints
public import Execution
import Programs
import Tensors

/// A recovery from a device loss.
public struct Recovery: Hashable, Sendable, CustomStringConvertible {
  /// Steps done when the loss was noticed.
  public let lostAtStep: Int

  /// The step that was resumed from.
  public let step: Int

  /// The backend's error message.
  public let reason: String

  /// The new backend.
  public let backend: String

  public var description: String {
    let place = step == 0 ? "from its beginning" : "from step \(step)"
    return
      "The device was lost after step \(lostAtStep) (\(reason)); it was opened again, and the run goes on \(place)."
  }
}

/// The error of a device lost again without progress in between.
public struct DeviceLost: BackendError, CustomStringConvertible {
  let reason: String
  let step: Int

  public var isDeviceLoss: Bool { true }

  public var description: String {
    "the device was lost twice without an epoch in between, the last time after step \(step): \(reason)"
  }
}

/// Guards against repeated device losses.
struct DeviceLossGuard {
  /// The step of the last recovery.
  private var last: Int?

  /// True if there was progress since the last recovery.
  mutating func allowsRecovery(to step: Int) -> Bool {
    defer { last = step }
    return last.map { step > $0 } ?? true
  }
}

extension Trainer {
  /// Restores the run from its last checkpoint, on a new backend.
  ///
  /// - Throws: `DeviceLost` the second time that the same checkpoint would be resumed; errors of opening
  ///   the backend.
  func recover(from loss: any BackendError, _ watch: inout DeviceLossGuard) throws -> Recovery {
    let lostAt = step
    let point = recoveryPoint
    let kept = try point.map(stepsDone) ?? 0
    guard watch.allowsRecovery(to: kept) else { throw DeviceLost(reason: "\(loss)", step: lostAt) }
    do {
      try reopen(after: loss)
      if let point {
        try resume(from: point, path: "the run's last checkpoint")
      } else {
        history = History(monitoring: history.monitored)
        bestValues = [:]
        step = 0
      }
    } catch let error as any BackendError where error.isDeviceLoss {
      throw DeviceLost(reason: "\(error)", step: lostAt)
    }
    return Recovery(lostAtStep: lostAt, step: step, reason: "\(loss)", backend: backendReason)
  }

  private func stepsDone(at checkpoint: Checkpoint) throws -> Int {
    Int(checkpoint.tensors[trainingStep.counter.name]?.doubles.first ?? 0) / settings.accumulation
  }
}

/// A placeholder for a lost backend: every use throws the device loss.
final class LostBackend: Backend, Executable {
  private let loss: any BackendError

  init(loss: any BackendError) { self.loss = loss }

  var name: String { "a device that was lost" }
  var capacity: DeviceMemory { DeviceMemory(byteCount: nil) }
  var hasFloat64: Bool { false }
  func planned(_ program: Program) -> Program { program }
  func compile(_ program: Program) throws -> any Executable { throw loss }
  func prepare(steps: Int) throws { throw loss }
  func write(_ bytes: UnsafeRawBufferPointer, to state: State) throws { throw loss }
  func makeStagingRing(of states: [State], parts: Int) throws -> any StagingRing { throw loss }
  func read(_ state: State) throws -> TensorValues { throw loss }
  func run(steps: Int) throws { throw loss }
  func output(_ index: Int) throws -> TensorValues { throw loss }
}
