/// What is added to the tokens of a text, such as `[CLS]` and `[SEP]`.
///
/// The cases are those of `tokenizer.json`.
indirect enum PostProcessor: Hashable, Sendable {
  /// Changes offsets only, which Lemnos has none of.
  case byteLevel(members: JSONValue)
  /// BERT's and RoBERTa's: one token before, one after.
  case frame(type: String, before: Token, after: Token, members: JSONValue)
  case template(single: [Piece], members: JSONValue)
  case sequence([PostProcessor])

  struct Token: Hashable, Sendable {
    let text: [UInt8]
    let id: Int32
  }

  enum Piece: Hashable, Sendable {
    /// The text's own tokens.
    case text
    /// Tokens that are added.
    case tokens([Int32])
  }

  func apply(to ids: [Int32]) -> [Int32] {
    switch self {
    case .byteLevel: ids
    case .frame(_, let before, let after, _): [before.id] + ids + [after.id]
    case .template(let single, _):
      single.flatMap { piece -> [Int32] in
        switch piece {
        case .text: ids
        case .tokens(let added): added
        }
      }
    case .sequence(let parts): parts.reduce(ids) { $1.apply(to: $0) }
    }
  }

  /// All ids that it adds.
  var addedIDs: [Int32] {
    switch self {
    case .byteLevel: []
    case .frame(_, let before, let after, _): [before.id, after.id]
    case .template(let single, _):
      single.flatMap { piece -> [Int32] in
        switch piece {
        case .text: []
        case .tokens(let added): added
        }
      }
    case .sequence(let parts): parts.flatMap(\.addedIDs)
    }
  }
}
