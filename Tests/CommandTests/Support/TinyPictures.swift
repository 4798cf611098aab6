import Pictures
import TestSupport

/// Pictures of two classes that anybody can tell apart, of many sizes, PNG and JPEG.
func writePictures(to folder: TemporaryFolder, in place: String = "pictures") throws {
  for number in 0..<24 {
    let (width, height) = (9 + number % 5, 12 - number % 4)
    for (name, color) in [("red", [230, 20, 30] as [UInt8]), ("blue", [20, 30, 220])] {
      let pixels = (0..<width * height).flatMap { place in
        color.map { $0 &+ UInt8((place + number) % 16) }
      }
      let isPNG = number.isMultiple(of: 2)
      let file =
        isPNG
        ? Picture(width: width, height: height, channels: 3, pixels: pixels).png
        : jpegFile(pixels, width: width, height: height, channels: 3)
      try folder.write(file, as: "\(place)/\(name)/\(number).\(isPNG ? "png" : "jpg")")
    }
  }
}
