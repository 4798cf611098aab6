import Tensors

extension Program {
  /// Alignment of offsets in the arena: the largest that any device requires of a buffer range, and more than
  /// any vector instruction needs.
  package static let alignment = 256

  /// The live range of a value in the arena.
  package struct Lifetime: Hashable, Sendable {
    package let value: ValueID
    package let byteCount: Int

    /// From the level that computes it to its last read; outputs stay live to the end.
    package internal(set) var levels: ClosedRange<Int>
  }

  /// Values that take the place of others, which their kernels overwrite, and the first value in that place.
  private var replaced: [ValueID: ValueID] {
    var replaced: [ValueID: ValueID] = [:]
    for replacement in instructions.flatMap(\.replacements) {
      replaced[replacement.result] = replaced[replacement.replaced] ?? replacement.replaced
    }
    return replaced
  }

  /// The live ranges of all values in the arena; of values that take one another's place that of the first, to the last read of any.
  package var lifetimes: [Lifetime] {
    var lives: [ValueID: Lifetime] = [:]
    let replaced = self.replaced
    for instruction in instructions {
      for output in instruction.outputs where replaced[output] == nil {
        guard case .arena = values[output].storage else { continue }
        lives[output] = Lifetime(
          value: output, byteCount: Swift.max(values[output].type.byteCount, 1),
          levels: instruction.level...instruction.level)
      }
      for input in instruction.inputs.map({ replaced[$0] ?? $0 }) {
        guard let life = lives[input] else { continue }
        lives[input]?.levels = life.levels.lowerBound...Swift.max(life.levels.upperBound, instruction.level)
      }
    }
    for output in outputs.map({ replaced[$0.value] ?? $0.value }) {
      guard let life = lives[output] else { continue }
      lives[output]?.levels = life.levels.lowerBound...Int.max
    }
    return lives.values.sorted { $0.value < $1.value }
  }

  /// The level with the most live arena bytes, and the values live there, the largest first.
  package var peak: (level: Int, lifetimes: [Lifetime]) {
    let lifetimes = self.lifetimes
    var change: [Int: Int] = [:]
    for life in lifetimes {
      change[life.levels.lowerBound, default: 0] += life.byteCount
      if life.levels.upperBound < .max { change[life.levels.upperBound + 1, default: 0] -= life.byteCount }
    }
    var (alive, most, peak) = (0, 0, 0)
    for (level, bytes) in change.sorted(by: { $0.key < $1.key }) {
      alive += bytes
      if alive > most { (most, peak) = (alive, level) }
    }
    let held = lifetimes.filter { $0.levels.contains(peak) }
    return (peak, held.sorted { ($1.byteCount, $0.value) < ($0.byteCount, $1.value) })
  }

  /// The same program with its memory planned, the last pass before it runs: each intermediate has its offset
  /// in the arena.
  ///
  /// Two values may share memory only if no level has both live, because a device may run a level's
  /// instructions concurrently. Greedy: the largest value first, each at the lowest offset free over its live
  /// range.
  ///
  /// - Parameter blockByteCount: the largest block of the arena, unless a value is larger: no value crosses a
  ///   multiple of it; nil for an arena in one block.
  package func placed(inBlocksOf blockByteCount: Int? = nil) -> Program {
    var program = self
    program.placeSteps()
    program.place(inBlocksOf: blockByteCount)
    return program
  }

  private mutating func place(inBlocksOf blockByteCount: Int?) {
    let guardByteCount = options.guardByteCount
    let block = blockByteCount.map { $0 / Program.alignment * Program.alignment } ?? .max
    func within(_ offset: Int, _ size: Int) -> Int {
      let start = offset % block
      return start == 0 || start + size <= block ? offset : offset - start + block
    }
    var placed: [(life: Lifetime, offset: Int)] = []
    arenaByteCount = 0
    var ends: [Int: Int] = [:]
    for var life in lifetimes.sorted(by: { ($1.byteCount, $0.value) < ($0.byteCount, $1.value) }) {
      if guardByteCount > 0 { life.levels = 0...Int.max }
      let size = Program.aligned(life.byteCount + 2 * guardByteCount)
      var offset = 0
      for other in placed where other.life.levels.overlaps(life.levels) {
        offset = within(offset, size)
        let end = other.offset + Program.aligned(other.life.byteCount + 2 * guardByteCount)
        if other.offset < offset + size && offset < end { offset = end }
      }
      offset = within(offset, size)
      let index = placed.firstIndex { $0.offset > offset } ?? placed.count
      placed.insert((life, offset), at: index)
      values[life.value].storage = .arena(offset: offset + Program.aligned(guardByteCount))
      arenaByteCount = Swift.max(arenaByteCount, offset + size + Program.aligned(guardByteCount))
      let end = offset % block + size + Program.aligned(guardByteCount)
      ends[offset / block] = Swift.max(ends[offset / block] ?? 0, end)
    }
    for (value, first) in replaced { values[value].storage = values[first].storage }
    arenaBlocks = ends.sorted { $0.key < $1.key }.map { (offset: $0 * block, byteCount: $1) }
    isPlaced = true
  }

  package static func aligned(_ byteCount: Int) -> Int { (byteCount + alignment - 1) / alignment * alignment }
}
