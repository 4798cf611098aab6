import Tokenizers

extension Parser {
  static let tokenizer = Parser(
    name: "tokenizer", about: "tokenizer.json, and the tokens of a text by it",
    words: [
      #""type""#, #""model""#, #""vocab""#, #""merges""#, #""added_tokens""#, #""ByteLevel""#,
      #""Metaspace""#, #""Unigram""#,
      #""WordPiece""#, #""unk_token""#, #""BertNormalizer""#, #""Sequence""#, #""pre_tokenizer""#,
      #""normalizer""#, "1e308",
    ],
    seeds: {
      [
        ###"{"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2,"Ġ":3},"merges":[["a","b"]]},"pre_tokenizer":{"type":"ByteLevel"}}"###,
        ###"{"model":{"type":"WordPiece","vocab":{"[UNK]":0,"a":1,"##b":2}},"normalizer":{"type":"BertNormalizer"}}"###,
        ###"{"model":{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["▁a",-1.5]]},"pre_tokenizer":{"type":"Metaspace"},"added_tokens":[{"id":2,"content":"<s>","lstrip":true}]}"###,
      ].map { Array($0.utf8) }
    },
    read: { bytes in
      let tokenizer = try Tokenizer(json: bytes)
      let copy = try Tokenizer(json: tokenizer.json)
      for text in ["", "ab a\u{301}b 1<s> 中\n", "\u{0}'s  "] {
        guard let ids = try? tokenizer.encode(text) else { continue }
        demand((try? copy.encode(text)) == ids, "what is written of a tokenizer is another one")
        demand((try? tokenizer.decode(ids)) != nil, "a text has a token that is none")
      }
    })

  static let ranks = Parser(
    name: "ranks", about: "tiktoken's ranks",
    seeds: { [Array("YQ== 0\nYg== 1\nYWI= 2\n".utf8)] },
    read: { bytes in
      let tokenizer = try Tokenizer(ranks: bytes, pattern: .cl100k)
      demand((try? tokenizer.ranks()) != nil, "ranks cannot be written that were read")
    })
}
