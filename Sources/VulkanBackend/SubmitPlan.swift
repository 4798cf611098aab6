/// How the dispatches of a step are handed to a device: many steps in one submit, or one step in several.
///
/// Drivers end what keeps a device busy for too long, and the program with it: after 2 s with amdgpu's compute queues on Linux 7, after
/// 10 s with Intel's xe. So a submit has a limit, far below those. How long one takes is estimated first, as on the slowest cards,
/// and then measured.
struct SubmitPlan: Equatable {
  /// A dispatch, or some of its workgroups along the outermost axis that has more than one.
  struct Piece: Equatable {
    let dispatch: Int
    /// Nil for all of them.
    let groups: Range<Int>?
    /// Whether nothing of the dispatch comes before it.
    var isFirst: Bool { (groups?.lowerBound ?? 0) == 0 }
    /// Whether nothing of the dispatch comes after it.
    let isLast: Bool
  }

  /// What a dispatch is known to do before it has run.
  struct Load {
    /// Seconds that it may take on a slow card.
    let seconds: Double
    /// Workgroups along the axis that it may be cut along.
    let mostPieces: Int

    /// Of half a TFLOP/s and 25 GB/s, where each dispatch costs some 5 µs.
    init(flops: Int, byteCount: Int, mostPieces: Int) {
      seconds = max(Double(flops) / 5e11, Double(byteCount) / 25e9) + 5e-6
      self.mostPieces = mostPieces
    }
  }

  /// Seconds that a submit may take on graphics cards.
  static let cardLimit = 0.1

  /// Steps that go into a submit, at most 64: as many as fit, also where nothing has to, so that whoever looks at losses need not wait
  /// for long.
  let stepsPerSubmit: Int
  /// What each submit of a step consists of: one has it all where several steps fit.
  let parts: [[Piece]]

  /// - Parameters:
  ///   - loads: of the step's dispatches.
  ///   - limit: seconds that a submit may take; nil for as long as a step takes.
  ///   - pace: how many times as long as estimated things take.
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

  /// Whether a step takes several submits.
  var isSplit: Bool { parts.count > 1 }
}

extension DispatchPlan {
  /// The workgroups along the outermost axis that has more than one.
  ///
  /// Only along it may a dispatch be cut: shaders count workgroups of the axes within it, to number them.
  var outermostGroups: Int { groups.z > 1 ? groups.z : groups.y > 1 ? groups.y : groups.x }

  /// Some of those, and where they begin.
  func piece(_ range: Range<Int>) -> (groups: (x: Int, y: Int, z: Int), base: (x: Int, y: Int, z: Int)) {
    if groups.z > 1 { return ((groups.x, groups.y, range.count), (0, 0, range.lowerBound)) }
    if groups.y > 1 { return ((groups.x, range.count, groups.z), (0, range.lowerBound, 0)) }
    return ((range.count, groups.y, groups.z), (range.lowerBound, 0, 0))
  }
}
