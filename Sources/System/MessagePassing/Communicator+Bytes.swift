extension Communicator {
  /// Waits until all ranks have come here.
  package func barrier(as name: ActivityName) throws(MessagePassingError) {
    try start(name, Barrier(tag: nextTag(), link)).wait()
  }

  /// What each rank has to say, a few kilobytes at most, by rank; lengths may differ.
  package func gather(_ bytes: [UInt8], as name: ActivityName) throws(MessagePassingError) -> [[UInt8]] {
    var lengths = [UInt64](repeating: 0, count: size)
    lengths[rank] = UInt64(bytes.count)
    try gather(&lengths, [Range<Int>](eachOf: Array(repeating: 8, count: size)), name)
    let slices = [Range<Int>](eachOf: lengths.map(Int.init))
    var all = [UInt8](repeating: 0, count: slices.last?.upperBound ?? 0)
    all.replaceSubrange(slices[rank], with: bytes)
    try gather(&all, slices, name)
    return slices.map { Array(all[$0]) }
  }

  /// Gives all ranks the numbers of each.
  ///
  /// - Parameters:
  ///   - numbers: as many on all ranks, with this rank's slice in place.
  ///   - slices: of each rank.
  package func gather(_ numbers: inout [Float], _ slices: [Range<Int>], as name: ActivityName)
    throws(MessagePassingError)
  {
    try gather(&numbers, slices.map { 4 * $0.lowerBound..<4 * $0.upperBound }, name)
  }

  private func gather<Element>(_ elements: inout [Element], _ slices: [Range<Int>], _ name: ActivityName)
    throws(MessagePassingError)
  {
    // An array's memory stays in place for the time of one call only, so this one waits.
    let copy = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
    defer { copy.deallocate() }
    _ = copy.initialize(from: elements)
    let gathering = AllGather(UnsafeMutableRawBufferPointer(copy), slices: slices, tag: nextTag(), link)
    try start(name, gathering).wait()
    elements = Array(copy)
  }

  /// Checks that all ranks were given the same, such as settings or hashes of data.
  ///
  /// - Parameter facts: by name, in any order; the names are for the error.
  /// - Throws: `disagreement`, naming the first rank that differs from rank 0, its host, and both values.
  package func agree(on facts: [(name: String, value: String)]) throws(MessagePassingError) {
    guard size > 1 else { return }
    // Names and values, each with its length before it, so that no text is taken for another.
    let own = facts.flatMap { fact in [fact.name, fact.value] }.flatMap { text in
      Array("\(text.utf8.count):\(text)".utf8)
    }
    let all = try gather(own, as: ActivityName("the comparison of settings"))
    guard let other = all.indices.first(where: { all[$0] != all[0] }) else { return }
    let (first, second) = (Self.facts(all[0]), Self.facts(all[other]))
    let index = zip(first, second).enumerated().first { $0.element.0 != $0.element.1 }?.offset
    let what: String
    if let index, first[index].name == second[index].name {
      what =
        "\(first[index].name) \(second[index].value) where rank 0 on \(hosts[0]) has \(first[index].value)"
    } else {
      what = "other settings than rank 0 on \(hosts[0])"
    }
    throw end(
      MessagePassingError(
        .disagreement, "Rank \(other) on \(hosts[other]) was given \(what); give all ranks the same"))
  }

  private struct Fact: Equatable {
    let name: String
    let value: String
  }

  private static func facts(_ bytes: [UInt8]) -> [Fact] {
    var (texts, rest): ([String], ArraySlice<UInt8>) = ([], bytes[...])
    while let colon = rest.firstIndex(of: UInt8(ascii: ":")),
      let length = Int(String(decoding: rest[..<colon], as: UTF8.self)), rest[colon...].count > length
    {
      texts.append(String(decoding: rest[(colon + 1)...].prefix(length), as: UTF8.self))
      rest = rest[(colon + 1)...].dropFirst(length)
    }
    return stride(from: 0, to: texts.count - 1, by: 2).map { Fact(name: texts[$0], value: texts[$0 + 1]) }
  }

  /// Starts to give all ranks the bytes of one, such as initial parameters.
  ///
  /// The root sends each rank one slice, and all send each other theirs, so that no rank sends more than twice the bytes, however
  /// many ranks there are.
  ///
  /// - Parameter bytes: as many on all ranks; stay in place until it is done.
  package func startBroadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int, as name: ActivityName)
    throws(MessagePassingError) -> Collective
  {
    let slices = Slices(count: bytes.count, rankCount: size)
    let ranges = (0..<size).map { slices[$0] }
    return try start(
      name,
      StageSequence([
        Scatter(bytes, slices: ranges, from: root, tag: nextTag(), link),
        AllGather(bytes, slices: ranges, tag: nextTag(), link),
      ]))
  }
}

extension [Range<Int>] {
  /// Ranges of these lengths, one after another.
  init(eachOf lengths: [Int]) {
    var end = 0
    self = lengths.map { length in
      end += length
      return end - length..<end
    }
  }
}
