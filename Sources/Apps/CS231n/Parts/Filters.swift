import CBundledData
import Lemnos
import Pictures
import Reports

extension Part {
  static let filters = Part(name: "filters", title: "Two filters made by hand") { reproduction in
    let file = bundledPhotograph()
    let photograph = try Picture(png: Array(UnsafeBufferPointer(start: file.start, count: file.count)))
    let (height, width) = (photograph.height, photograph.width)
    // [height, width, 3] to [1, 3, height, width].
    let pixels = Tensor(photograph.pixels, shape: [1, height, width, 3]).transposed([0, 3, 1, 2])
    let filtered = conv2D(
      pixels.cast(to: .float32), handMadeFilters, WindowGeometry(stride: [1, 1], padding: [1, 1, 1, 1]))
    let values = try filtered.values(on: reproduction.backend).doubles
    func picture(_ filter: Int) -> Picture {
      Picture(
        scaling: Array(values[filter * height * width..<(filter + 1) * height * width]), width: width,
        height: height,
        channels: 1)
    }
    return Result(blocks: [
      .paragraph(
        "A convolution can do what image programs do. The first filter weighs the channels of a photograph into grey, the "
          + "second finds horizontal edges of its blue channel."),
      .figures([
        Report.Figure(
          "photograph", .picture(photograph),
          caption: "The photograph (Chelsea, by Stéfan van der Walt, CC0)."),
        Report.Figure(
          "photograph-grey", .picture(picture(0)), caption: "Grey: 0.3 red + 0.6 green + 0.1 blue."),
        Report.Figure(
          "photograph-edges", .picture(picture(1)),
          caption: "Horizontal edges of the blue channel: the row above less the row below."),
      ]),
    ])
  }

  /// `[2, 3, 3, 3]`: grey, and the Sobel filter for horizontal edges on the blue channel.
  private static let handMadeFilters: Tensor = {
    var weights = [Float](repeating: 0, count: 2 * 3 * 3 * 3)
    for (channel, share) in [Float(0.3), 0.6, 0.1].enumerated() { weights[channel * 9 + 4] = share }
    let blue = 27 + 2 * 9
    for (place, weight) in [Float(1), 2, 1, 0, 0, 0, -1, -2, -1].enumerated() {
      weights[blue + place] = weight
    }
    return Tensor(weights, shape: [2, 3, 3, 3])
  }()
}
