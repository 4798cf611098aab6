import Execution
import Programs
import Tensors

/// The data sets of a run that are streamed, and the sizes of rings and evaluation batches: what can be
/// reduced to fit.
struct DataPlacement: Hashable {
  var streamed: Set<Trainer.Split>

  /// Examples per evaluation batch.
  var evaluationBatch = EvaluationStep.usualBatch

  /// The maximum size of a ring, unless two batches need more.
  var ringByteCount = BatchRing.usualByteCount

  /// The candidate placements of some sets, the fastest first.
  static func choices(
    _ residency: DataResidency, of sets: [Trainer.Split: ExampleSet], on device: DeviceMemory
  ) -> [DataPlacement] {
    let all = Set(sets.keys)
    // Beyond the kernels' addressing limit, or not in host memory.
    let beyondReach = all.filter { split in
      guard let set = sets[split] else { return false }
      let bytes = set.largestByteCount
      return bytes > device.largestValue ?? .max || bytes > device.largestPiece ?? .max || !set.isInMemory
    }
    let streamed: [Set<Trainer.Split>] =
      switch residency {
      // What is drawn anew has no bytes to be there from the start.
      case .resident: [all.filter { sets[$0]?.isDrawnAnew == true }]
      case .streamed: [all]
      case .automatic: beyondReach == all || !device.isLimited ? [beyondReach] : [beyondReach, all]
      }
    let small = EvaluationStep.smallBatch
    return streamed.flatMap { streamed in
      [DataPlacement(streamed: streamed), DataPlacement(streamed: streamed, evaluationBatch: small)]
        + (streamed.isEmpty
          ? [] : [DataPlacement(streamed: streamed, evaluationBatch: small, ringByteCount: 0)])
    }
  }
}

/// The location of the training data during a run.
///
/// It affects neither the examples of a step nor any result.
public enum DataResidency: String, Sendable, CaseIterable {
  /// On the device if it fits, else streamed.
  case automatic = "auto"

  /// All on the device, from the start.
  case resident

  /// In host memory: the device holds a ring of batches, filled while steps run.
  case streamed
}

/// The streaming of training images: the part that is on the device at a time.
public struct Streaming: Encodable, Hashable, Sendable {
  /// Batches in the ring.
  public let batches: Int
  /// Bytes of the ring, including labels.
  public let ringBytes: Int
  /// Bytes of all images and labels.
  public let imageBytes: Int

  /// Nil for resident images.
  init?(_ source: BatchSource, of set: ExampleSet) {
    guard let ring = source.ring else { return nil }
    (batches, ringBytes, imageBytes) = (ring.slots, ring.byteCount, set.byteCount)
  }
}
