extension Picture {
  /// A grid of pictures of one size, with white lines between them.
  ///
  /// - Parameter columns: per row; nil for an approximately square grid.
  /// - Precondition: there is a picture, and all have the same size and channels.
  public init(grid tiles: [Picture], columns: Int? = nil, gap: Int = 1) {
    precondition(
      !tiles.isEmpty
        && tiles.allSatisfy {
          ($0.width, $0.height, $0.channels) == (tiles[0].width, tiles[0].height, tiles[0].channels)
        }, "a grid is made of pictures of one size")
    let (width, height, channels) = (tiles[0].width, tiles[0].height, tiles[0].channels)
    let columns = columns ?? Int(Double(tiles.count).squareRoot().rounded(.up))
    let rows = (tiles.count + columns - 1) / columns
    let (totalWidth, totalHeight) = (columns * (width + gap) + gap, rows * (height + gap) + gap)
    var pixels = [UInt8](repeating: 255, count: totalWidth * totalHeight * channels)
    for (number, tile) in tiles.enumerated() {
      let left = gap + number % columns * (width + gap)
      let top = gap + number / columns * (height + gap)
      for row in 0..<height {
        let start = ((top + row) * totalWidth + left) * channels
        pixels.replaceSubrange(
          start..<start + width * channels,
          with: tile.pixels[row * width * channels..<(row + 1) * width * channels])
      }
    }
    self.init(width: totalWidth, height: totalHeight, channels: channels, pixels: pixels)
  }

  /// Every pixel replicated to `factor`×`factor` pixels.
  public func enlarged(by factor: Int) -> Picture {
    precondition(factor > 0, "a picture cannot be enlarged \(factor) times")
    var result: [UInt8] = []
    result.reserveCapacity(pixels.count * factor * factor)
    for row in 0..<height {
      var line: [UInt8] = []
      for column in 0..<width {
        let pixel = pixels[(row * width + column) * channels..<(row * width + column + 1) * channels]
        for _ in 0..<factor { line += pixel }
      }
      for _ in 0..<factor { result += line }
    }
    return Picture(width: width * factor, height: height * factor, channels: channels, pixels: result)
  }
}
