/// Holds out a tenth of each class for testing if there is no test set.
///
/// The selection and the order follow from a hash of class and name: independent of any given order, and
/// stable when images are added or removed.
enum Holdout {
  /// Splits the images of one class.
  ///
  /// - Parameter images: in the order of their hashes.
  static func parted<Image>(_ images: [Image]) -> (training: ArraySlice<Image>, test: ArraySlice<Image>) {
    // Rounded up, except for a class with a single image.
    let held = images.count == 1 ? 0 : (images.count + 9) / 10
    return (images[held...], images[..<held])
  }

  /// FNV-1a of class and name, with a final mix: its upper bits hardly depend on the last letters.
  ///
  /// - SeeAlso: Fowler, Noll & Vo, and the finalizer of Steele, Lea & Flood 2014.
  static func hash(class name: [UInt8], image: [UInt8]) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for bytes in [name, [UInt8(ascii: "/")], image] {
      for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    }
    hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
    return hash ^ (hash >> 31)
  }
}
