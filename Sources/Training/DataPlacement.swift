import Programs
import Tensors

/// Which examples of a run are streamed, and how much room rings and measurements have: what a run can do without to fit.
struct DataPlacement: Hashable {
  var streamed: Set<Trainer.Split>

  /// Examples measured at a time.
  var evaluationBatch = EvaluationStep.usualBatch

  /// What a ring takes at most, if that is enough for two batches.
  var ringByteCount = BatchRing.usualByteCount

  /// The placements of some sets that come into question, the fastest first.
  static func choices(
    _ residency: DataResidency, of sets: [Trainer.Split: ExampleSet], on device: DeviceMemory
  ) -> [DataPlacement] {
    let all = Set(sets.keys)
    // No kernel could read them, or the host has to fetch them first.
    let beyondReach = all.filter { split in
      guard let set = sets[split] else { return false }
      let bytes = set.largestByteCount
      return bytes > device.largestValue ?? .max || bytes > device.largestPiece ?? .max || !set.isInMemory
    }
    let streamed: [Set<Trainer.Split>] =
      switch residency {
      case .resident: [[]]
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
