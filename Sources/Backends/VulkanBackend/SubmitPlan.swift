/// The partition of a run's dispatches into submissions: many steps in one, or one step in several.
///
/// Drivers reset a device that is busy for too long, and the program is lost: after 2 s with amdgpu's compute
/// queues on Linux 7, after 10 s with Intel's xe. So submissions have a far lower limit. Durations are first
/// estimated for slow GPUs, then measured.
struct SubmitPlan: Equatable {
  /// A dispatch, or a range of its workgroups along the outermost axis that has more than one.
  struct Piece: Equatable {
    let dispatch: Int
    /// Nil for all of them.
    let groups: Range<Int>?
    /// True if it is the first piece of its dispatch.
    var isFirst: Bool { (groups?.lowerBound ?? 0) == 0 }
    /// True if it is the last piece of its dispatch.
    let isLast: Bool
  }

  /// The estimated cost of a dispatch.
  struct Load {
    /// Seconds on a slow GPU.
    let seconds: Double
    /// The number of workgroups along the axis it may be split along.
    let mostPieces: Int

    /// For 0.5 TFLOP/s and 25 GB/s, with 5 µs per dispatch.
    init(flops: Int, byteCount: Int, mostPieces: Int) {
      seconds = max(Double(flops) / 5e11, Double(byteCount) / 25e9) + 5e-6
      self.mostPieces = mostPieces
    }
  }

  /// The maximum duration of a submission on GPUs, in seconds.
  static let cardLimit = 0.1

  /// Steps per submission, at most 64: bounded by the duration even without a limit, so that losses can be
  /// read without a long wait.
  let stepsPerSubmit: Int
  /// The submissions of a step: a single one where several steps fit.
  let parts: [[Piece]]

  /// - Parameters:
  ///   - loads: the costs of the step's dispatches.
  ///   - limit: the maximum duration of a submission in seconds; nil for unlimited.
  ///   - pace: the factor from estimated to real durations.
  init(_ loads: [Load], limit: Double?, pace: Double = 1) {
    let total = loads.reduce(0) { $0 + $1.seconds } * pace
    stepsPerSubmit = max(1, min(64, Int((limit ?? Self.cardLimit) / max(total, 1e-6))))
    guard let limit, total > limit else {
      parts = [loads.indices.map { Piece(dispatch: $0, groups: nil, isLast: true) }]
      return
    }
    var parts: [[Piece]] = [[]]
    var filled = 0.0
    for (dispatch, load) in loads.enumerated() {
      let count = max(1, min(load.mostPieces, Int((load.seconds * pace / limit).rounded(.up))))
      let seconds = load.seconds * pace / Double(count)
      for number in 0..<count {
        if filled > 0, filled + seconds > limit {
          parts.append([])
          filled = 0
        }
        let groups = load.mostPieces * number / count..<load.mostPieces * (number + 1) / count
        parts[parts.count - 1].append(
          Piece(dispatch: dispatch, groups: count == 1 ? nil : groups, isLast: number == count - 1))
        filled += seconds
      }
    }
    self.parts = parts
  }

  /// True if a step takes several submissions.
  var isSplit: Bool { parts.count > 1 }
}

extension DispatchPlan {
  /// The number of workgroups along the outermost axis that has more than one.
  ///
  /// A dispatch may be split only along it: shaders linearize the workgroup index by the counts of the inner
  /// axes.
  var outermostGroups: Int { groups.z > 1 ? groups.z : groups.y > 1 ? groups.y : groups.x }

  /// The size and base of a range of those workgroups.
  func piece(_ range: Range<Int>) -> (groups: (x: Int, y: Int, z: Int), base: (x: Int, y: Int, z: Int)) {
    if groups.z > 1 { return ((groups.x, groups.y, range.count), (0, 0, range.lowerBound)) }
    if groups.y > 1 { return ((groups.x, range.count, groups.z), (0, range.lowerBound, 0)) }
    return ((range.count, groups.y, groups.z), (range.lowerBound, 0, 0))
  }
}
