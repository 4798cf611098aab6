/// The tokens of a model, numbered from 0.
///
/// Tokens are told apart by their bytes, not as `String` does, to which é is the same in one character and in two.
struct Vocabulary: Sendable {
  private let bytes: [UInt8]
  /// Where each token begins, and where the last one ends.
  private let starts: [Int]
  /// Ids by hash, -1 where there is none; a power of two of them.
  private let slots: [Int32]
  /// Ids that no token has, because one of the added tokens has it.
  let holes: Set<Int32>

  /// - Parameters:
  ///   - tokens: by id; nil where a number is not used.
  /// - Throws: `TokenizerError` for a token that is there twice.
  init(_ tokens: [[UInt8]?]) throws(TokenizerError) {
    var bytes: [UInt8] = []
    var starts = [0]
    var slotCount = 16
    while slotCount < 2 * tokens.count { slotCount *= 2 }
    var slots = [Int32](repeating: -1, count: slotCount)
    var holes: Set<Int32> = []
    for (id, token) in tokens.enumerated() {
      bytes += token ?? []
      starts.append(bytes.count)
      guard let token else {
        holes.insert(Int32(id))
        continue
      }
      var slot =
        token.withUnsafeBufferPointer { Int(truncatingIfNeeded: ByteHash.hash($0)) } & (slotCount - 1)
      while slots[slot] >= 0 {
        let other = Int(slots[slot])
        guard !bytes[starts[other]..<starts[other + 1]].elementsEqual(token) else {
          throw TokenizerError(
            .unusable,
            "the token '\(String(decoding: token, as: UTF8.self))' is in the vocabulary twice, as \(other) and as \(id)"
          )
        }
        slot = (slot + 1) & (slotCount - 1)
      }
      slots[slot] = Int32(id)
    }
    (self.bytes, self.starts, self.slots, self.holes) = (bytes, starts, slots, holes)
  }

  /// One more than the largest id.
  var count: Int { starts.count - 1 }

  /// The bytes of a token.
  subscript(id: Int32) -> ArraySlice<UInt8> { bytes[starts[Int(id)]..<starts[Int(id) + 1]] }

  func text(_ id: Int32) -> String { String(decoding: self[id], as: UTF8.self) }

  func id(of token: TextBytes) -> Int32? {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: ByteHash.hash(token)) & mask
    while slots[slot] >= 0 {
      let (start, end) = (starts[Int(slots[slot])], starts[Int(slots[slot]) + 1])
      if end - start == token.count {
        let isEqual = bytes.withUnsafeBufferPointer { bytes in
          (0..<token.count).allSatisfy { bytes[start + $0] == token[$0] }
        }
        if isEqual { return slots[slot] }
      }
      slot = (slot + 1) & mask
    }
    return nil
  }

  func id(of token: [UInt8]) -> Int32? { token.withUnsafeBufferPointer { id(of: $0) } }

  func id(of token: String) -> Int32? { id(of: Array(token.utf8)) }

  /// All tokens with their ids, in the order of these.
  var tokens: [(id: Int32, bytes: [UInt8])] {
    (0..<Int32(count)).filter { !holes.contains($0) }.map { ($0, Array(self[$0])) }
  }
}
