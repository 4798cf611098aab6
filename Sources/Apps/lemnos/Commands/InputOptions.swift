import ArgumentParser
import Lemnos

/// Options for a synthetic input size, without a data set.
struct InputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Images of this size, in place of a data set's.", valueName: "CxHxW"),
    transform: InputOptions.image)
  var input: ImageShape?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Classes, where --input gives the images (default: 10).", valueName: "n"))
  var classes: Int?

  /// The size of the images; nil if they come from a data set.
  var images: DatasetSize? { input.map { DatasetSize(shape: $0, classes: classes ?? 10) } }

  /// - Parameters:
  ///   - data: true if the command has the option `--data`.
  ///   - ofImages: false for a network whose classes are not of images.
  func check(againstData data: Bool, ofImages: Bool = true) throws {
    if data, input != nil { throw ValidationError("Give --data or --input, not both.") }
    if ofImages, classes != nil, input == nil {
      throw ValidationError("--classes goes with --input; a data set has its own.")
    }
    if let classes, !(1...1_000_000).contains(classes) {
      throw ValidationError("--classes is \(classes), but has to be from 1 to 1000000.")
    }
  }

  /// The largest image in values: larger than any real image, and small enough that sizes do not overflow.
  private static let maximumValues = 1 << 24

  static func image(_ text: String) throws -> ImageShape {
    let sizes = text.split(whereSeparator: { "x×".contains($0) }).map { Int($0) ?? 0 }
    guard sizes.count == 3, sizes.allSatisfy({ (1...maximumValues).contains($0) }),
      sizes.reduce(1, *) <= maximumValues
    else { throw ValidationError("'\(text)' is no size of images, such as 3x32x32.") }
    return ImageShape(channels: sizes[0], height: sizes[1], width: sizes[2])
  }
}
