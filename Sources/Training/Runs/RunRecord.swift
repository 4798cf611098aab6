import Files
import Glibc

/// A run, as recorded in its folder.
public struct RunRecord: Sendable {
  public enum State: String, Codable, Sendable {
    case running
    /// Interrupted; can be resumed.
    case stopped
    case finished, failed
    /// Its process ended without a record of why; can be resumed.
    case lost
  }

  /// The folder's name.
  public let name: String
  public let path: String
  public let entries: [RunEntry]
  public let state: State

  /// - Returns: nil for a folder without a journal.
  public init?(at path: String) {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    self.init(RunJournal.entries(in: path), at: path)
  }

  /// A run with these journal entries; nil for none.
  package init?(_ entries: [RunEntry], at path: String) {
    guard !entries.isEmpty else { return nil }
    self.path = path
    self.entries = entries
    name = RunRecord.name(of: path)
    let process = entries.last { $0.event == .begin || $0.event == .resume }?.process
    state =
      switch entries.last?.event {
      case .end: .finished
      case .stop: .stopped
      case .failure: .failed
      default: process.map(RunRecord.isAlive) == true ? .running : .lost
      }
  }

  /// The runs in a folder, the newest last.
  ///
  /// - Parameter path: a folder of runs, or of one run.
  public static func all(in path: String) -> [RunRecord] {
    let runs = folders(in: path).compactMap { RunRecord(at: $0.path) }
    return runs.sorted { ($0.began, $0.name) < ($1.began, $1.name) }
  }

  /// The run folders in a folder, or the folder itself if it is a run's.
  package static func folders(in path: String) -> [(name: String, path: String)] {
    func isRun(_ path: String) -> Bool { FolderListing.size(of: "\(path)/\(RunJournal.name)") != nil }
    if isRun(path) { return [(RunRecord.name(of: path), path)] }
    return FolderListing.folders(in: path).map { ($0, "\(path)/\($0)") }.filter { isRun($0.1) }
  }

  private static func name(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  public var began: Double { entries[0].time }
  public var ended: Double { entries[entries.count - 1].time }
  public var seconds: Double { ended - began }
  public var model: String? { first(\.model) }
  public var data: String? { first(\.data) }
  public var backend: String? { last(\.backend) }
  public var parameters: Int? { first(\.parameters) }
  public var step: Int { last(\.step) ?? 0 }
  public var steps: Int? { last(\.steps) }
  public var epoch: Int? { entries.last { $0.event == .epoch }?.epoch }
  public var epochs: Int? { last(\.epochs) }
  public var loss: Double? { last(\.loss) }
  public var examplesPerSecond: Double? { last(\.examplesPerSecond) }

  /// The metric that selects the best epoch.
  public var monitored: String? { first(\.monitored) }

  /// The names of the metrics, without the loss.
  public var metrics: [String] {
    Set(entries.flatMap { [$0.training, $0.validation, $0.test].compactMap { $0?.keys }.joined() })
      .subtracting(["loss"]).sorted()
  }

  /// The best value of the monitored metric, on validation examples, or on training examples without those.
  public var best: Double? { monitored.flatMap(best) }

  /// The same metric on the test examples.
  public var tested: Double? { monitored.flatMap { name in last { $0.test?[name] } } }

  /// The best value of a metric.
  ///
  /// A metric that is not monitored is an error (lower is better) if its name says so, else higher is better.
  public func best(_ metric: String) -> Double? {
    let numbers = entries.filter { $0.event == .epoch }.compactMap { ($0.validation ?? $0.training)?[metric] }
    return higherIsBetter(metric) ? numbers.max() : numbers.min()
  }

  public func higherIsBetter(_ metric: String) -> Bool {
    metric == monitored
      ? first(\.higherIsBetter) ?? true : !["loss", "mae", "rmse", "mse"].contains(metric)
  }

  private func first<Value>(_ field: (RunEntry) -> Value?) -> Value? {
    for entry in entries { if let value = field(entry) { return value } }
    return nil
  }

  private func last<Value>(_ field: (RunEntry) -> Value?) -> Value? {
    for entry in entries.reversed() { if let value = field(entry) { return value } }
    return nil
  }

  /// True if a process of this ID exists and is lemnos.
  private static func isAlive(_ process: Int) -> Bool {
    guard let bytes = try? DurableFile.readStream("/proc/\(process)/cmdline") else { return false }
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self).contains("lemnos")
  }
}
