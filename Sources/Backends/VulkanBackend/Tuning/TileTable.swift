import Files
import Shaders
import VulkanDevice

/// The outcome of tuning on a device: the fastest tiles, and whether matrix units beat ordinary arithmetic.
struct TileTable {
  private var tiles: [String: MatrixTile] = [:]
  private var arithmetics: [String: Arithmetic] = [:]

  /// The arithmetic chosen for a product of reduced precision.
  enum Arithmetic: String {
    case ordinary = "by ordinary arithmetic"
    case units = "by matrix units"
    /// Not tried for lack of time or memory; recorded, so that a program gives the same bits the next time.
    case untriedUnits = "by matrix units, untried"
  }

  /// The tile of every product of its form, overriding the table, during trials.
  var forced: MatrixTile?

  init() {}

  /// The tile of a form for a product; nil if none was found.
  subscript(product: MatrixProduct, form: MatrixForm) -> MatrixTile? {
    if let forced, forced.form == form { return forced }
    guard let tile = tiles[product.key], tile.form == form else { return nil }
    return tile
  }

  /// Nil if it was not decided.
  func arithmetic(of product: MatrixProduct) -> Arithmetic? { arithmetics[product.keyWithPrecision] }

  mutating func set(_ arithmetic: Arithmetic, for product: MatrixProduct) {
    arithmetics[product.keyWithPrecision] = arithmetic
  }

  mutating func set(_ tile: MatrixTile, for product: MatrixProduct) { tiles[product.key] = tile }
}

extension TileTable {
  /// The maximum number of products in a table; excess ones are dropped.
  private static let limit = 10_000

  /// The table of a device; damaged files and invalid lines are ignored.
  init(of device: PhysicalDevice, in cache: DiskCache?) {
    self.init(cache?.payload(of: .tiles(of: device)) ?? [])
  }

  /// Parses a file.
  init(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: "\t")
      guard fields.count == 2 else { continue }
      let (key, value) = (String(fields[0]), String(fields[1]))
      if let tile = MatrixTile(value) { tiles[key] = tile }
      if let arithmetic = Arithmetic(rawValue: value) { arithmetics[key] = arithmetic }
    }
  }

  /// Merges it into the stored table, which other runs may have extended.
  func save(for device: PhysicalDevice, in cache: DiskCache?) {
    guard let cache else { return }
    var all = TileTable(of: device, in: cache)
    all.tiles.merge(tiles) { $1 }
    all.arithmetics.merge(arithmetics) { $1 }
    cache.keep(all.bytes, under: .tiles(of: device))
  }

  /// The file format.
  var bytes: [UInt8] {
    let choices =
      tiles.map { ($0, "\($1)") } + arithmetics.map { ($0, $1.rawValue) }
    let lines = choices.sorted { $0 < $1 }.prefix(TileTable.limit).map { "\($0)\t\($1)" }
    return Array(lines.joined(separator: "\n").utf8)
  }
}

extension CacheKey {
  /// The key of a device's tile table, for its driver and the current shaders.
  static func tiles(of device: PhysicalDevice) -> CacheKey {
    let shaders = Shader.includes.sorted { $0.key < $1.key }.map { Array($0.value.utf8) }
    return CacheKey("tiles", parts: device.identity + shaders)
  }
}

extension MatrixTile: CustomStringConvertible {
  /// Such as "tiled 8×8 by 16×16".
  var description: String { "\(form.rawValue) \(rowsEach)×\(columnsEach) by \(lanesDown)×\(lanesAcross)" }

  /// Nil for an invalid description.
  init?(_ description: String) {
    let words = description.split(separator: " ")
    guard words.count == 4, words[2] == "by", let form = MatrixForm(rawValue: String(words[0])) else {
      return nil
    }
    let numbers = [words[1], words[3]].map { $0.split(separator: "×").compactMap { Int($0) } }
    guard numbers.allSatisfy({ $0.count == 2 && $0.allSatisfy { (1...64).contains($0) } }) else { return nil }
    self.init(
      form: form, rowsEach: numbers[0][0], columnsEach: numbers[0][1], lanesDown: numbers[1][0],
      lanesAcross: numbers[1][1])
    // Shaders support the candidates only.
    guard MatrixTile.candidates(form).contains(self) else { return nil }
  }
}
