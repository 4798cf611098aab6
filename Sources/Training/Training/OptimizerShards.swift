import Optimizers
import Tensors

/// Which rank keeps the optimizer state of which parameter, and updates it for all: the first stage of ZeRO.
///
/// Whole parameters, because some rules look at whole matrices, shared out by size: the largest first, each to the rank with
/// the fewest elements so far. Every rank finds the same.
///
/// - SeeAlso: Rajbhandari et al. 2020, "ZeRO: memory optimizations toward training trillion parameter models".
struct OptimizerShards {
  /// This process among those that share.
  struct Place {
    let rank: Int
    let count: Int
  }

  /// A state that one rank updates.
  struct Shard {
    let state: State
    let owner: Int
  }

  let place: Place
  /// What the others get from its owner after each update: parameters, and averages of them.
  private(set) var shared: [Shard] = []
  /// What only its owner has: the optimizer state.
  private(set) var kept: [Shard] = []
  private let owners: [State: Int]

  init(_ parameters: [State], of place: Place) {
    var load = [Int](repeating: 0, count: place.count)
    var owners: [State: Int] = [:]
    let sorted = parameters.enumerated().sorted { a, b in
      let (first, second) = (a.element.shape.count, b.element.shape.count)
      return first == second ? a.offset < b.offset : first > second
    }
    for (_, parameter) in sorted {
      let rank = load.indices.min { load[$0] < load[$1] } ?? 0
      owners[parameter] = rank
      load[rank] += parameter.shape.count
    }
    (self.place, self.owners) = (place, owners)
  }

  /// Notes a parameter's update.
  ///
  /// - Returns: true if it is this rank's.
  mutating func add(_ assignments: [Assignment], of part: OptimizerUpdates.Part) -> Bool {
    let owner = owners[part.parameter] ?? 0
    for assignment in assignments where !part.slots.contains(assignment.state) {
      shared.append(Shard(state: assignment.state, owner: owner))
    }
    kept += part.slots.map { Shard(state: $0, owner: owner) }
    return owner == place.rank
  }

  /// The optimizer state that other ranks have.
  var foreign: Set<State> { Set(kept.filter { $0.owner != place.rank }.map(\.state)) }
}
