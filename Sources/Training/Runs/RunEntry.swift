/// An event of a run: a line of its journal.
///
/// Fields that do not apply to an event are nil, and omitted from the line.
public struct RunEntry: Codable, Hashable, Sendable {
  public enum Event: String, Codable, Sendable {
    /// A run began, or was resumed from a checkpoint.
    case begin, resume
    /// Steps were done, up to this one.
    case step
    /// An epoch was finished and evaluated.
    case epoch
    /// The device was lost, and the run continued from an earlier step.
    case recovery
    /// The run was interrupted, failed, or finished.
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
  /// The mean loss of the steps since the previous entry, or of the epoch, with penalties that are part of
  /// it.
  public var loss: Double?
  public var learningRate: Double?
  public var examplesPerSecond: Double?
  /// Resident memory of the process in bytes.
  public var memory: Int?
  /// The Euclidean norm of all gradients, on one batch.
  public var gradientNorm: Double?
  /// The Euclidean norm of all parameters.
  public var parameterNorm: Double?
  /// Loss and metrics by name, on training, validation and, at the end, test examples.
  public var training: [String: Double]?
  public var validation: [String: Double]?
  public var test: [String: Double]?
  public var bestEpoch: Int?
  /// For `begin`: the model, data and backend.
  public var model: String?
  public var parameters: Int?
  public var data: String?
  /// The metric that selects the best epoch, and its direction.
  public var monitored: String?
  public var higherIsBetter: Bool?
  public var backend: String?
  /// The version of Lemnos.
  public var version: String?
  /// The process ID of the writer.
  public var process: Int?
  /// A sentence, such as the reason for a failure.
  public var message: String?

  public init(_ event: Event, time: Double, step: Int? = nil) {
    (self.event, self.time, self.step) = (event, time, step)
  }
}
