/// A message of the watch: a byte of kind, four of length, and the content.
enum Frame: Equatable {
  /// The first of each rank, with the secret that rank 0 gave out over MPI: whoever else connects is turned away.
  case hello(token: [UInt8], rank: Int)
  case heartbeat
  /// This rank ends, and that is as it should be.
  case goodbye
  case failure(Failure)

  /// Longest content; a sentence of an error has less.
  private static let limit = 1 << 16

  private static let nobody = Int(UInt32.max)

  var bytes: [UInt8] {
    switch self {
    case .hello(let token, let rank): Self.bytes(1, token + Self.number(rank))
    case .heartbeat: Self.bytes(2, [])
    case .goodbye: Self.bytes(3, [])
    case .failure(let failure):
      Self.bytes(
        4,
        Self.number(failure.category.number) + Self.number(Int(failure.code)) + Self.number(failure.printer)
          + Self.number(failure.silent ?? Self.nobody) + failure.sentence.utf8.prefix(Self.limit - 16))
    }
  }

  /// Takes the next whole frame off the bytes; nil if there is none yet.
  ///
  /// - Throws: if these are not the bytes of a frame.
  init?(takingFrom bytes: inout [UInt8]) throws(Malformed) {
    guard bytes.count >= 5 else { return nil }
    let length = Self.number(bytes[1..<5])
    guard length <= Self.limit else { throw Malformed() }
    guard bytes.count >= 5 + length else { return nil }
    let (kind, content) = (bytes[0], Array(bytes[5..<5 + length]))
    bytes.removeFirst(5 + length)
    switch kind {
    case 1 where length >= 4: self = .hello(token: content.dropLast(4), rank: Self.number(content.suffix(4)))
    case 2: self = .heartbeat
    case 3: self = .goodbye
    case 4 where length >= 16:
      let silent = Self.number(content[12..<16])
      guard let category = MessagePassingError.Category(number: Self.number(content[0..<4])) else {
        throw Malformed()
      }
      self = .failure(
        Failure(
          category: category, sentence: String(decoding: content[16...], as: UTF8.self),
          code: Int32(truncatingIfNeeded: Self.number(content[4..<8])), printer: Self.number(content[8..<12]),
          silent: silent == Self.nobody ? nil : silent))
    default: throw Malformed()
    }
  }

  struct Malformed: Error {}

  private static func bytes(_ kind: UInt8, _ content: [UInt8]) -> [UInt8] {
    [kind] + number(content.count) + content
  }

  private static func number(_ value: Int) -> [UInt8] {
    let value = UInt32(truncatingIfNeeded: value)
    return (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}

extension MessagePassingError.Category {
  private static let all: [Self] = [.unavailable, .disagreement, .lost, .stalled, .announced, .failed]

  fileprivate var number: Int { Self.all.firstIndex(of: self) ?? 0 }

  fileprivate init?(number: Int) {
    guard Self.all.indices.contains(number) else { return nil }
    self = Self.all[number]
  }
}
