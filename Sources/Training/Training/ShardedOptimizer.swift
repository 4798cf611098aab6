import Execution
import MessagePassing
import Tensors

/// Gives all ranks the parameters that each has updated, and one of them the optimizer state of all, to save it.
final class ShardedOptimizer {
  private let shards: OptimizerShards
  private let ranks: Communicator
  private let backend: any Backend
  /// The host's memory of what is shared; nil for a backend that has its own.
  private let memory: [UnsafeMutableRawBufferPointer?]

  init(_ shards: OptimizerShards, ranks: Communicator, on backend: any Backend) throws {
    (self.shards, self.ranks, self.backend) = (shards, ranks, backend)
    let host = backend as? any HostMemoryBackend
    memory = try shards.shared.map { try host?.memory(of: $0.state) }
  }

  /// After an update: every rank gets what the others have updated.
  func share(step: Int) throws {
    var running: [Collective] = []
    for (number, (shard, memory)) in zip(shards.shared, memory).enumerated() {
      let name = ActivityName(step: step, bucket: number + 1, of: shards.shared.count)
      if let memory {
        running.append(try ranks.startBroadcast(memory, from: shard.owner, as: name))
        continue
      }
      // One at a time, in the memory of one.
      let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: shard.state.byteCount, alignment: 16)
      defer { bytes.deallocate() }
      let isOwn = shard.owner == ranks.rank
      if isOwn { try backend.read(shard.state, into: bytes) }
      try ranks.startBroadcast(bytes, from: shard.owner, as: name).wait()
      if !isOwn { try backend.write(UnsafeRawBufferPointer(bytes), to: shard.state) }
    }
    for collective in running { try collective.wait() }
  }

  /// The optimizer state of the other ranks, on the first; nothing on others.
  ///
  /// All ranks have to call it.
  func collect() throws -> [State: TensorValues] {
    var values: [State: TensorValues] = [:]
    for shard in shards.kept where shard.owner != 0 {
      let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: shard.state.byteCount, alignment: 16)
      defer { bytes.deallocate() }
      if ranks.rank == shard.owner {
        try backend.read(shard.state, into: bytes)
        try ranks.wait(for: ranks.startSend(UnsafeRawBufferPointer(bytes), to: 0))
      } else if ranks.rank == 0 {
        try ranks.wait(for: ranks.startReceive(into: bytes, from: shard.owner))
        values[shard.state] = TensorValues(
          bytes: Array(bytes), shape: shard.state.shape, dtype: shard.state.dtype)
      }
    }
    return values
  }
}
