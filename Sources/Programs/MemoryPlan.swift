import Tensors

extension Program {
  /// Offsets in the arena are multiples of this: the largest alignment that a Vulkan device may ask of a buffer's
  /// range, and more than any vector instruction wants.
  package static let alignment = 256

  /// Gives each intermediate its place in the arena.
  ///
  /// A value lives from the level that makes it to the last one that reads it; those read from outside live on to the
  /// end. Two values may share memory only if they never live at one level, because a device may run a level's
  /// instructions at once. Large values choose first, each the lowest place that is free for its whole life.
  mutating func planMemory(guardByteCount: Int) {
    struct Life {
      let value: ValueID
      let byteCount: Int
      var levels: ClosedRange<Int>
      var offset = 0
    }
    let lives = lifetimes.map { value, levels in
      Life(value: value, byteCount: Swift.max(values[value].type.byteCount, 1), levels: levels)
    }
    let everywhere = 0...Int.max
    var placed: [Life] = []
    arenaByteCount = 0
    for var life in lives.sorted(by: { ($1.byteCount, $0.value) < ($0.byteCount, $1.value) }) {
      if guardByteCount > 0 { life.levels = everywhere }
      let size = Program.aligned(life.byteCount + 2 * guardByteCount)
      for other in placed where other.levels.overlaps(life.levels) {
        let end = other.offset + Program.aligned(other.byteCount + 2 * guardByteCount)
        if other.offset < life.offset + size && life.offset < end { life.offset = end }
      }
      let index = placed.firstIndex { $0.offset > life.offset } ?? placed.count
      placed.insert(life, at: index)
      values[life.value].storage = .arena(offset: life.offset + Program.aligned(guardByteCount))
      arenaByteCount = Swift.max(arenaByteCount, life.offset + size + Program.aligned(guardByteCount))
    }
  }

  /// The levels in which each intermediate is alive.
  var lifetimes: [ValueID: ClosedRange<Int>] {
    var lives: [ValueID: ClosedRange<Int>] = [:]
    for instruction in instructions {
      for output in instruction.outputs {
        guard case .arena = values[output].storage else { continue }
        lives[output] = instruction.level...instruction.level
      }
      for input in instruction.inputs {
        guard let levels = lives[input] else { continue }
        lives[input] = levels.lowerBound...Swift.max(levels.upperBound, instruction.level)
      }
    }
    for output in outputs.map(\.value) {
      guard let levels = lives[output] else { continue }
      lives[output] = levels.lowerBound...Int.max
    }
    return lives
  }

  package static func aligned(_ byteCount: Int) -> Int { (byteCount + alignment - 1) / alignment * alignment }
}
