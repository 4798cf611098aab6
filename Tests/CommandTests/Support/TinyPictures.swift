import Pictures
import TestSupport

/// Colours that are easy to separate.
private let colors: [String: [UInt8]] = [
  "red": [230, 20, 30], "blue": [20, 30, 220], "green": [20, 210, 30], "yellow": [220, 210, 20],
]

/// Pictures of some classes in different colours, of many sizes, PNG and JPEG.
///
/// - Parameter classes: each class's folder name and the name of its colour; nil if they are the same.
func writePictures(
  to folder: TemporaryFolder, in place: String = "pictures",
  classes: KeyValuePairs<String, String?> = ["red": nil, "blue": nil]
) throws {
  for number in 0..<24 {
    let (width, height) = (9 + number % 5, 12 - number % 4)
    for (name, other) in classes {
      let color = colors[other ?? name] ?? []
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
