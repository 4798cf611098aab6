import Lemnos

extension Dataset {
  /// Random images with cyclic class labels, for measurements that need images of a given size only.
  init(randomImages count: Int, of shape: ImageShape, classes: Int, seed: UInt64) throws {
    var state = seed
    // SplitMix64 (Steele, Lea & Flood 2014), one byte of each number.
    let pixels = (0..<count * shape.count).map { _ -> UInt8 in
      state &+= 0x9E37_79B9_7F4A_7C15
      var bits = state
      bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
      bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
      return UInt8(truncatingIfNeeded: bits >> 33)
    }
    let labels = (0..<count).map { Int32($0 % classes) }
    let images = try LabeledImages(pixels: pixels, labels: labels, shape: shape)
    try self.init(
      name: "random images", training: images, test: images, classNames: (0..<classes).map { "class \($0)" })
  }
}
