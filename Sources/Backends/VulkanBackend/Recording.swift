import VulkanDevice

/// One dispatch with its pipeline and bindings.
struct BoundDispatch {
  let pipeline: ComputePipeline
  let bindings: Bindings
  let plan: DispatchPlan
  let reads: [BufferSlice]
  let writes: [BufferSlice]
  let label: String

  /// Its estimated cost.
  let load: SubmitPlan.Load

  /// True if its results are corrupted afterwards, for tests of the self-test.
  var isCorrupted = false
}

/// Finds the barriers that dispatches need: only for read-after-write, write-after-write and write-after-read
/// hazards.
struct HazardTracker {
  private var reads: [BufferSlice] = []
  private var writes: [BufferSlice] = []

  /// True if a barrier is needed before this dispatch; if so, it counts as placed.
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
