import Glibc
import MessagePassing

/// A bucket of this rank: its partial sums, made leaf by leaf on a stack as a trainer does.
private final class Bucket {
  let count: Int
  let number: Int
  private(set) var partials: [UnsafeMutablePointer<Float>] = []
  let sum: UnsafeMutablePointer<Float>

  init(_ number: Int, count: Int, _ tree: SumTree, rank: Int, isInPlace: Bool = false) {
    (self.number, self.count) = (number, count)
    var stack: [[Float]] = []
    for leaf in tree.leaves(of: rank) {
      stack.append(leafValues(leaf, count: count, bucket: number))
      for _ in 0..<tree.additions(afterLeaf: leaf, of: rank) {
        let right = stack.removeLast()
        let left = stack.removeLast()
        stack.append(zip(left, right).map { $0 + $1 })
      }
    }
    partials = stack.map { values in
      let memory = UnsafeMutablePointer<Float>.allocate(capacity: max(count, 1))
      memory.update(from: values, count: count)
      return memory
    }
    if isInPlace {
      sum = partials[0]
    } else {
      sum = .allocate(capacity: max(count, 1))
      sum.update(repeating: .nan, count: count)
    }
  }

  deinit {
    for partial in partials where partial != sum { partial.deallocate() }
    sum.deallocate()
  }

  var handedOver: [UnsafePointer<Float>] { partials.map { UnsafePointer($0) } }

  func check(_ communicator: Communicator, _ tree: SumTree) {
    let expected = treeSum(0..<tree.leafCount, count: count, bucket: number)
    for index in 0..<count {
      expect(
        sum[index].bitPattern == expected[index].bitPattern, communicator,
        "bucket \(number) of \(count) floats, \(tree.leafCount) leaves: \(sum[index]) at \(index), not \(expected[index])"
      )
    }
  }
}

/// `sums M n n …`: buckets of n floats one by one, once in memory of their own and once in place.
func checkSums(_ communicator: Communicator, _ arguments: [Int]) throws {
  let tree = SumTree(leafCount: arguments[0], rankCount: communicator.size)
  for (number, count) in arguments.dropFirst().enumerated() {
    for isInPlace in [false, true] {
      let bucket = Bucket(number, count: count, tree, rank: communicator.rank, isInPlace: isInPlace)
      let name = ActivityName(step: 1, bucket: number + 1, of: arguments.count - 1)
      try communicator.startSum(bucket.handedOver, count: count, into: bucket.sum, tree, as: name).wait()
      bucket.check(communicator, tree)
    }
  }
}

/// `rounded M n n …`: buckets of n bfloat16 numbers, each sum of two rounded.
func checkRoundedSums(_ communicator: Communicator, _ arguments: [Int]) throws {
  let tree = SumTree(leafCount: arguments[0], rankCount: communicator.size)
  func added(_ a: [BFloat16], _ b: [BFloat16]) -> [BFloat16] {
    zip(a, b).map { BFloat16($0.float + $1.float) }
  }
  func sum(_ leaves: Range<Int>, count: Int, bucket: Int) -> [BFloat16] {
    if leaves.count == 1 {
      return leafValues(leaves.lowerBound, count: count, bucket: bucket).map { BFloat16($0) }
    }
    let middle = leaves.lowerBound + leaves.count / 2
    return added(
      sum(leaves.lowerBound..<middle, count: count, bucket: bucket),
      sum(middle..<leaves.upperBound, count: count, bucket: bucket))
  }
  for (number, count) in arguments.dropFirst().enumerated() {
    let partials = tree.subtrees(of: communicator.rank).map { subtree in
      let memory = UnsafeMutablePointer<BFloat16>.allocate(capacity: max(count, 1))
      memory.update(from: sum(subtree, count: count, bucket: number), count: count)
      return memory
    }
    defer { for partial in partials { partial.deallocate() } }
    let name = ActivityName(step: 1, bucket: number + 1, of: arguments.count - 1)
    try communicator.startSum(
      partials.map { UnsafePointer($0) }, count: count, into: partials[0], tree, as: name
    ).wait()
    for (index, expected) in sum(0..<tree.leafCount, count: count, bucket: number).enumerated() {
      expect(
        partials[0][index].bits == expected.bits, communicator,
        "bucket \(number) of \(count): \(partials[0][index].float) at \(index), not \(expected.float)")
    }
  }
}

/// `overlap M n n …`: all buckets under way at once; each rank polls and waits in an order of its own.
func checkOverlap(_ communicator: Communicator, _ arguments: [Int]) throws {
  let tree = SumTree(leafCount: arguments[0], rankCount: communicator.size)
  for step in 1...3 {
    var started: [(bucket: Bucket, collective: Collective)] = []
    for (number, count) in arguments.dropFirst().enumerated() {
      let bucket = Bucket(
        number + 100 * step, count: count, tree, rank: communicator.rank, isInPlace: step == 2)
      let name = ActivityName(step: step, bucket: number + 1, of: arguments.count - 1)
      started.append(
        (
          bucket,
          try communicator.startSum(bucket.handedOver, count: count, into: bucket.sum, tree, as: name)
        ))
      // Ranks do not keep step.
      usleep(UInt32(1000 * communicator.rank))
      _ = try started.first?.collective.advance()
    }
    let order = communicator.rank.isMultiple(of: 2) ? started : started.reversed()
    for (bucket, collective) in order {
      try collective.wait()
      bucket.check(communicator, tree)
    }
  }
}

/// `timing n repeats`: microseconds of a sum of n floats.
func timeSums(_ communicator: Communicator, _ arguments: [Int]) throws {
  let (count, repeats) = (arguments[0], arguments[1])
  let tree = SumTree(leafCount: communicator.size, rankCount: communicator.size)
  let bucket = Bucket(0, count: count, tree, rank: communicator.rank)
  func time(_ body: () throws -> Void) throws -> Double {
    var times: [Double] = []
    for _ in 0..<repeats {
      try communicator.barrier(as: ActivityName("a barrier"))
      let start = ContinuousClock.now
      try body()
      times.append(Double((ContinuousClock.now - start).components.attoseconds) / 1e12)
    }
    return times.sorted()[repeats / 2]
  }
  let name = ActivityName("timing")
  let sum = try time {
    try communicator.startSum(bucket.handedOver, count: count, into: bucket.sum, tree, as: name).wait()
  }
  if communicator.rank == 0 {
    print(
      "\(communicator.size) ranks, \(4 * count) bytes: startSum \(Int(sum)) µs")
  }
}

/// `measure rounds`.
func measure(_ communicator: Communicator, _ arguments: [Int]) throws {
  for link in try communicator.measureLinks(rounds: arguments.first ?? 1000) {
    let numbers = "\((link.latency * 10).rounded() / 10) µs, \(Int(link.bandwidth)) MB/s"
    print("rank \(link.ranks.0) to \(link.ranks.1) by \(link.transport): \(numbers)")
  }
  if communicator.rank == 0 { print(communicator.version ?? "alone") }
}
