import Files
import Settings

extension Parser {
  static let settings = Parser(
    name: "yaml", about: "config.yaml, and what is written of it",
    words: [
      "---", "&a", "*a", "null", "true", "!!int", "|", ">", "1e308", "18446744073709551615", "-0x", ".inf",
    ],
    seeds: {
      [
        """
        # What decides a run.
        batchSize: 50
        frozen: ["stage1.*", 'fc.*']
        learningRate: 1.0e-02
        seed: 18446744073709551615
        """,
        "a: {b: [1, -2.5, ~, true], c: \"\\u00e9\\n\"}\nd:\n  - x\n  -   y: |\n        text\n", "",
      ].map { Array($0.utf8) }
    },
    read: { bytes in
      let tree = try SettingsTree(yaml: String(decoding: bytes, as: UTF8.self))
      // Settings get their types through JSON, which cannot represent infinity. And libyaml accepts keys of
      // more than 1,024 bytes only if they are marked as explicit keys.
      guard tree.members != nil, tree.longestName <= 100, (try? tree.decoded(as: SettingsTree.self)) != nil
      else { return }
      let copy = try SettingsTree(yaml: tree.yaml)
      demand(copy == tree, "what is written of settings are others: \(tree) is written as \(tree.yaml)")
    })

  static let cacheEntry: Parser = {
    let key = CacheKey("tiles", ["device", "driver"])
    return Parser(
      name: "cache", about: "entries of the cache on disk",
      seeds: {
        [[], Array("tiled\ttiled 8×8 by 16×16".utf8)].map { DiskCache.header(of: $0, under: key) + $0 }
      }, repair: { DiskCache.header(of: Array($0.dropFirst(72)), under: key) + $0.dropFirst(72) },
      read: { bytes in
        guard let payload = DiskCache.payload(ofEntry: bytes, under: key) else { throw Damaged() }
        demand(payload == Array(bytes.dropFirst(72)), "another payload")
      })
  }()

  private struct Damaged: Error {}
}

extension SettingsTree {
  /// The length in characters, each of which takes at most ten bytes.
  fileprivate var longestName: Int {
    switch self {
    case .settings(let settings):
      settings.map { max($0.key.unicodeScalars.count, $0.value.longestName) }.max() ?? 0
    case .list(let list): list.map(\.longestName).max() ?? 0
    case .null, .flag, .number, .text: 0
    }
  }
}
