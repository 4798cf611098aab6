extension PostProcessor {
  init(_ value: JSONValue) throws(TokenizerError) {
    let reader = try ComponentReader(value, role: "post-processor")
    switch reader.type {
    case "ByteLevel": self = .byteLevel(members: value)
    case "BertProcessing", "RobertaProcessing":
      self = .frame(
        type: reader.type, before: try PostProcessor.token("cls", reader),
        after: try PostProcessor.token("sep", reader),
        members: value)
    case "TemplateProcessing":
      let single = try reader.parts("single") { piece throws(TokenizerError) in
        try PostProcessor.piece(piece, reader)
      }
      self = .template(single: single, members: value)
    case "Sequence":
      self = .sequence(
        try reader.parts("processors") { part throws(TokenizerError) in try PostProcessor(part) })
    default: throw reader.unsupported
    }
  }

  private static func token(_ name: String, _ reader: ComponentReader) throws(TokenizerError) -> Token {
    guard case .array(let pair)? = reader.value[name], pair.count == 2, let text = pair[0].bytes,
      let id = pair[1].id
    else {
      throw reader.wrong(name, "a token and its id")
    }
    return Token(text: text, id: id)
  }

  private static func piece(_ value: JSONValue, _ reader: ComponentReader) throws(TokenizerError) -> Piece {
    if value["Sequence"] != nil { return .text }
    guard let name = value["SpecialToken"]?["id"]?.bytes else {
      throw reader.wrong("single", "a list of Sequence and SpecialToken")
    }
    let text = String(decoding: name, as: UTF8.self)
    guard case .array(let ids)? = reader.value["special_tokens"]?[text]?["ids"],
      ids.allSatisfy({ $0.id != nil })
    else {
      throw TokenizerError(
        .unusable, "the post-processor \(reader.type) adds '\(text)', which its special_tokens do not have")
    }
    return .tokens(ids.compactMap(\.id))
  }

  var json: JSONValue {
    switch self {
    case .byteLevel(let members), .frame(_, _, _, let members), .template(_, let members): members
    case .sequence(let parts): .component("Sequence", ("processors", .array(parts.map(\.json))))
    }
  }
}
