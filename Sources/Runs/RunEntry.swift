/// What happened in a run at one moment: a line of its journal.
///
/// Fields that an event has nothing to say about are nil, and not in the line.
public struct RunEntry: Codable, Hashable, Sendable {
  public enum Event: String, Codable, Sendable {
    /// A run began, or went on from a checkpoint: `resume`.
    case begin, resume
    /// Steps were done, up to this one.
    case step
    /// An epoch was finished and measured.
    case epoch
    /// The device was lost, and the run went on from an earlier step.
    case recovery
    /// The run was interrupted, failed, or came to its end.
    case stop, failure, end
  }

  public var event: Event
  /// Seconds since 1970.
  public var time: Double
  /// Steps done.
  public var step: Int?
  /// Steps of the whole run.
  public var steps: Int?
  /// From 1.
  public var epoch: Int?
  public var epochs: Int?
  /// The mean of the steps since the entry before, or of the epoch, with penalties that are part of it.
  public var loss: Double?
  public var learningRate: Double?
  public var examplesPerSecond: Double?
  /// Bytes of the process in memory.
  public var memory: Int?
  /// The Euclidean norm of all gradients together, on one batch.
  public var gradientNorm: Double?
  /// The Euclidean norm of all parameters together.
  public var parameterNorm: Double?
  /// What was measured on training examples, on those held out, and in the end on those to test on: the loss and all metrics, by name.
  public var training: [String: Double]?
  public var validation: [String: Double]?
  public var test: [String: Double]?
  public var bestEpoch: Int?
  /// Of a beginning: what is trained, on what, where.
  public var model: String?
  public var parameters: Int?
  public var data: String?
  /// The number that the best epoch is chosen by, and whether more of it is better.
  public var monitored: String?
  public var higherIsBetter: Bool?
  public var backend: String?
  /// The release of Lemnos that trains.
  public var version: String?
  /// The process that writes.
  public var process: Int?
  /// A sentence, such as why a run failed.
  public var message: String?

  public init(_ event: Event, time: Double, step: Int? = nil) {
    (self.event, self.time, self.step) = (event, time, step)
  }
}
