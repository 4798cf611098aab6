import Foundation
import Lemnos

/// Training data: pseudorandom numbers, the same on every machine.
struct Numbers {
  private var state: UInt64

  init(seed: Int) { state = UInt64(seed) }

  /// Uniform in [-1, 1).
  mutating func next() -> Float {
    // SplitMix64.
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
    return Float(z >> 40) / Float(1 << 23) - 1
  }

  mutating func next(_ count: Int) -> [Float] { (0..<count).map { _ in next() } }

  /// From 0 to below `limit`.
  mutating func next(below limit: Int) -> Int { min(Int((next() + 1) / 2 * Float(limit)), limit - 1) }

  /// Points on a circle around the origin.
  mutating func circle(_ count: Int) -> TensorValues {
    let angles = next(count).map { $0 * .pi }
    return TensorValues(angles.flatMap { [cos($0), sin($0)] }, shape: [count, 2])
  }

  mutating func tensor(_ shape: Shape) -> TensorValues { TensorValues(next(shape.count), shape: shape) }
}

/// A CSV file of houses: size, age, town (one of three), and price.
func houses(count: Int) throws -> String {
  var numbers = Numbers(seed: 1)
  let towns = ["Hephaistia", "Myrina", "Moudros"]
  var text = "area,age,town,price\n"
  for _ in 0..<count {
    let (area, age, town) = (120 + 80 * numbers.next(), 30 + 30 * numbers.next(), numbers.next(below: 3))
    let price = 900 * area * (1 - age / 200) * [1, 1.4, 0.8][town] + 9000 * numbers.next()
    text += "\(Int(area)),\(Int(age)),\(towns[town]),\(Int(price))\n"
  }
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("houses-\(getpid()).csv").path
  try text.write(toFile: path, atomically: true, encoding: .utf8)
  return path
}

/// Images of squares and disks on noise, 16 × 16, with segmentation masks: 0 background, 1 square, 2 disk.
func scenes(_ count: Int, seed: Int) -> (images: TensorValues, masks: TensorValues) {
  var numbers = Numbers(seed: seed)
  var (images, masks): ([Float], [Int32]) = ([], [])
  for _ in 0..<count {
    let shapes = (1...2).map { kind in (kind, 3 + numbers.next(below: 10), 3 + numbers.next(below: 10)) }
    for y in 0..<16 {
      for x in 0..<16 {
        let hit = shapes.last { kind, column, row in
          let (dx, dy) = (x - column, y - row)
          return kind == 1 ? max(abs(dx), abs(dy)) <= 2 : dx * dx + dy * dy <= 9
        }
        masks.append(Int32(hit?.0 ?? 0))
        images.append((hit == nil ? 0 : 0.5 + 0.25 * Float(hit?.0 ?? 0)) + 0.2 * numbers.next())
      }
    }
  }
  return (
    TensorValues(images, shape: [count, 1, 16, 16]),
    TensorValues(masks, shape: [count, 16, 16])
  )
}

/// A text for next-character prediction, and its characters as indices.
let verses = """
  The isles of Greece, the isles of Greece!
  Where burning Sappho loved and sung,
  Where grew the arts of war and peace,
  Where Delos rose, and Phoebus sprung!
  Eternal summer gilds them yet,
  But all, except their sun, is set.
  """
let alphabet = Set(verses).sorted()
let letters = verses.map { letter in Int32(alphabet.firstIndex(of: letter) ?? 0) }

/// Windows of the text, and the same windows shifted by one character as targets.
func phrases(_ count: Int, length: Int, from numbers: inout Numbers) -> [String: TensorValues] {
  let starts = (0..<count).map { _ in numbers.next(below: letters.count - length) }
  func pieces(after: Int) -> TensorValues {
    TensorValues(starts.flatMap { letters[$0 + after..<$0 + after + length] }, shape: [count, length])
  }
  return ["x": pieces(after: 0), "y": pieces(after: 1)]
}

extension Dataset {
  /// Some bundled images, scaled to [0, 1], with their labels.
  static func clothes(_ count: Int, from first: Int = 0) throws -> (
    images: TensorValues, labels: TensorValues
  ) {
    let part = try bundled().training.subrange(first..<first + count)
    return (
      TensorValues(part.pixels.map { Float($0) / 255 }, shape: [count, 1, 28, 28]),
      TensorValues(part.labels, shape: [count])
    )
  }
}
