/// Counts of a backend's overheads besides computing: allocations, pipelines, recordings and submissions.
///
/// Totals of a device since it was opened. A training run that replays recorded command buffers creates
/// nothing new after its first step.
public struct BackendCounters: Encodable, Hashable, Sendable {
  /// Blocks of device memory.
  public var allocations = 0
  public var allocatedByteCount = 0
  public var pipelines = 0
  /// Kernels compiled from source, not found in the cache of earlier runs.
  public var compilations = 0
  /// Descriptor sets written.
  public var descriptorSets = 0
  /// Command buffers recorded for repeated submission.
  public var recordings = 0
  /// Copies from and to the host, each recorded for one submission.
  public var transfers = 0
  public var submissions = 0

  package init() {}

  /// The counts between two moments.
  public static func - (later: BackendCounters, earlier: BackendCounters) -> BackendCounters {
    var difference = later
    difference.allocations -= earlier.allocations
    difference.allocatedByteCount -= earlier.allocatedByteCount
    difference.pipelines -= earlier.pipelines
    difference.compilations -= earlier.compilations
    difference.descriptorSets -= earlier.descriptorSets
    difference.recordings -= earlier.recordings
    difference.transfers -= earlier.transfers
    difference.submissions -= earlier.submissions
    return difference
  }
}

/// Counts of an executable's submissions.
public struct ReplayCounters: Encodable, Hashable, Sendable {
  public var steps = 0
  public var submissions = 0
  public var dispatches = 0
  /// Time of the host thread for submitting, excluding waits for the device.
  public var hostNanoseconds = 0

  package init() {}

  /// The counts between two moments.
  public static func - (later: ReplayCounters, earlier: ReplayCounters) -> ReplayCounters {
    var difference = later
    difference.steps -= earlier.steps
    difference.submissions -= earlier.submissions
    difference.dispatches -= earlier.dispatches
    difference.hostNanoseconds -= earlier.hostNanoseconds
    return difference
  }
}

/// A backend that exposes its counters.
package protocol CountingBackend: Backend {
  var counters: BackendCounters { get }
}

/// An executable that exposes its counters.
package protocol CountingExecutable: Executable {
  var counters: ReplayCounters { get }
}
