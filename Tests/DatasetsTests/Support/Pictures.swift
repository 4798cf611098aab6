import Datasets
import Pictures
import Tensors
import TestSupport

/// A picture of one colour, which identifies it.
func tile(_ level: UInt8, width: Int = 3, height: Int = 2) -> [UInt8] {
  Picture(width: width, height: height, channels: 1, pixels: [UInt8](repeating: level, count: width * height))
    .png
}

extension LabeledImages {
  /// The first value of each image, with its label.
  var levels: [UInt8: Int32] {
    Dictionary(uniqueKeysWithValues: (0..<count).map { (pixels[$0 * shape.count], labels[$0]) })
  }
}

extension TemporaryFolder {
  /// Writes tiles of these levels at their paths.
  func write(tiles: [(String, UInt8)]) throws {
    for (name, level) in tiles { try write(tile(level), as: name) }
  }
}
