import Optimizers
import Tensors
import Testing

@testable import Training

@Suite("Shards of the optimizer's state")
struct OptimizerShardsTests {
  private static let parameters = [
    ("a", [10, 10]), ("b", [10]), ("c", [40, 2]), ("d", [7, 10]), ("e", [10]), ("f", [3]),
  ].map { State($0.0, Shape($0.1), role: .weight) }

  private static func shards(rank: Int, of count: Int) -> (shards: OptimizerShards, own: [String]) {
    var shards = OptimizerShards(parameters, of: .init(rank: rank, count: count))
    let updates = Adam().updates(
      of: parameters, by: parameters.map { $0.value * 2 }, learningRate: Tensor(1.0),
      step: Tensor(0, dtype: .int32))
    let own = updates.parts.filter { shards.add($0.assignments, of: $0) }
    return (shards, own.map(\.parameter.name))
  }

  @Test("are whole parameters, about as many elements for each rank, the same on all")
  func balance() {
    // 100, 80 and 70 elements; the small ones go to whoever has the fewest.
    let owned = (0..<3).map { Self.shards(rank: $0, of: 3).own }
    #expect(owned == [["a"], ["c", "e"], ["b", "d", "f"]])
    #expect(Self.shards(rank: 0, of: 1).own == Self.parameters.map(\.name))
    #expect(Self.shards(rank: 7, of: 8).own == [])
  }

  @Test("leave parameters to be shared, and slots with their owners")
  func states() {
    let shards = Self.shards(rank: 1, of: 2).shards
    #expect(shards.shared.map(\.state.name) == Self.parameters.map(\.name))
    #expect(shards.kept.count == 2 * Self.parameters.count)
    let owners = Dictionary(uniqueKeysWithValues: shards.shared.map { ($0.state.name, $0.owner) })
    for shard in shards.kept {
      let parameter = String(shard.state.name.split(separator: ".").last ?? "")
      #expect(owners[parameter] == shard.owner)
      #expect(shards.foreign.contains(shard.state) == (shard.owner == 0))
    }
  }
}
