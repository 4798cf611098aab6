import Checkpoints
public import Programs
import Tensors

/// A device that was lost, and where the run went on.
public struct Recovery: Hashable, Sendable, CustomStringConvertible {
  /// Steps done when the loss was noticed.
  public let lostAtStep: Int

  /// The steps that were kept.
  public let step: Int

  /// What the backend said.
  public let reason: String

  /// What the run goes on with.
  public let backend: String

  public var description: String {
    let place = step == 0 ? "from its beginning" : "from step \(step)"
    return
      "The device was lost after step \(lostAtStep) (\(reason)); it was opened again, and the run goes on \(place)."
  }
}

/// A device that was lost again before anything was gained.
public struct DeviceLost: BackendError, CustomStringConvertible {
  let reason: String
  let step: Int

  public var isDeviceLoss: Bool { true }

  public var description: String {
    "the device was lost twice without an epoch in between, the last time after step \(step): \(reason)"
  }
}

/// Decides whether a loss is one too many.
struct LossWatch {
  /// The steps that the last recovery went on from.
  private var last: Int?

  /// Whether anything was gained since the last time, when this step is gone on from.
  mutating func allowsRecovery(to step: Int) -> Bool {
    defer { last = step }
    return last.map { step > $0 } ?? true
  }
}

extension Trainer {
  /// Puts the run back to its last checkpoint, on a backend made anew.
  ///
  /// - Throws: `DeviceLost` the second time that the same checkpoint would be gone back to; whatever keeps the backend
  ///   from being made.
  func recover(from loss: any BackendError, _ watch: inout LossWatch) throws -> Recovery {
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

/// Stands where a backend was until there is another: every use of it says why there is none.
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
