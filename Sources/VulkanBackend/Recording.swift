import VulkanDevice

/// One dispatch with everything bound.
struct BoundDispatch {
  let pipeline: ComputePipeline
  let bindings: Bindings
  let plan: DispatchPlan
  let reads: [BufferSlice]
  let writes: [BufferSlice]
  let label: String

  /// What it is expected to take.
  let load: SubmitPlan.Load

  /// Whether what it writes is spoilt afterwards, for tests of the self-test.
  var isCorrupted = false
}

/// Records dispatches, with a barrier only where one touches what another before it wrote, or writes what another before
/// it reads.
struct HazardTracker {
  private var reads: [BufferSlice] = []
  private var writes: [BufferSlice] = []

  /// Whether a barrier has to come before this dispatch; if so, it counts as placed.
  mutating func needsBarrier(before dispatch: BoundDispatch) -> Bool {
    let hazard =
      dispatch.reads.contains { read in writes.contains { $0.overlaps(read) } }
      || dispatch.writes.contains { write in (reads + writes).contains { $0.overlaps(write) } }
    if hazard {
      reads = []
      writes = []
    }
    reads += dispatch.reads
    writes += dispatch.writes
    return hazard
  }
}

extension BufferSlice {
  fileprivate func overlaps(_ other: BufferSlice) -> Bool {
    buffer === other.buffer && offset < other.offset + other.byteCount && other.offset < offset + byteCount
  }
}
