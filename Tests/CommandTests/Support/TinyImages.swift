import Checkpoints
import TestSupport

/// A data set of a few images in IDX files, so small that runs take almost no time.
struct TinyImages {
  static let trainingImages = "train-images-idx3-ubyte"
  static let trainingLabels = "train-labels-idx1-ubyte"
  static let testImages = "t10k-images-idx3-ubyte"
  static let testLabels = "t10k-labels-idx1-ubyte"

  /// The options of a run on such a set in the folder `images`: 36 training images, 9 steps per epoch.
  static let options = "--backend cpu --data images --hidden 8 --batch-size 4"

  /// By file name.
  var files: [String: [UInt8]]

  init(training: Int = 40, test: Int = 20, side: Int = 4) {
    files = [
      Self.trainingImages: Self.images(training, side: side), Self.trainingLabels: Self.labels(training),
      Self.testImages: Self.images(test, side: side), Self.testLabels: Self.labels(test),
    ]
  }

  /// Images whose pixels depend on the class, so that there is something to learn.
  static func images(_ count: Int, side: Int) -> [UInt8] {
    let pixels = (0..<count * side * side).map {
      UInt8(($0 / (side * side) % 10 + 3) * ($0 % (side * side) + 5) % 256)
    }
    return idx(magic: 0x803, sizes: [count, side, side], values: pixels)
  }

  static func labels(_ count: Int) -> [UInt8] {
    idx(magic: 0x801, sizes: [count], values: (0..<count).map { UInt8($0 % 10) })
  }

  static func idx(magic: Int, sizes: [Int], values: [UInt8]) -> [UInt8] {
    ([magic] + sizes).flatMap { number in [24, 16, 8, 0].map { UInt8(number >> $0 & 0xFF) } } + values
  }

  func write(to folder: TemporaryFolder, as name: String = "images") throws {
    for (file, bytes) in files { try folder.write(bytes, as: "\(name)/\(file)") }
  }
}

extension TemporaryFolder {
  /// A checkpoint written by a command.
  func checkpoint(_ name: String) throws -> Checkpoint { try Checkpoint(contentsOf: path(of: name)) }
}
