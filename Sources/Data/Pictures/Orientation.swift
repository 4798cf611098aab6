/// The Exif orientation: the transform that turns a stored picture upright.
///
/// - SeeAlso: CIPA DC-008, "Exchangeable image file format for digital still cameras: Exif", tag 274.
enum Orientation: Int, CaseIterable {
  case upright = 1
  case mirrored, upsideDown, upsideDownMirrored, transposed, turnedLeft, transposedUpsideDown, turnedRight

  /// From a JPEG file's first Exif segment; upright if it is missing or malformed.
  init(jpeg bytes: [UInt8]) {
    self = Orientation.note(in: bytes).flatMap { Orientation(tiff: $0) } ?? .upright
  }

  /// From a PNG file's eXIf chunk; upright if it is missing or malformed.
  init(png bytes: [UInt8]) {
    let note = PNGChunks(bytes).first { $0.name.elementsEqual("eXIf".utf8) }
    self = note?.content.map { Orientation(exif: $0) } ?? .upright
  }

  /// From a WebP file's EXIF chunk; upright if it is missing or malformed.
  init(webP bytes: [UInt8]) {
    var at = 12
    func number(_ offset: Int) -> Int {
      bytes[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    while at + 8 <= bytes.count {
      let (name, length) = (bytes[at..<at + 4], number(at + 4))
      guard length <= bytes.count - at - 8 else { break }
      if name.elementsEqual("EXIF".utf8) {
        self = Orientation(exif: bytes[at + 8..<at + 8 + length])
        return
      }
      // Chunks start at even offsets.
      at += 8 + length + length % 2
    }
    self = .upright
  }

  /// From a chunk, which some programs start with JPEG's Exif header.
  private init(exif chunk: ArraySlice<UInt8>) {
    let tiff = chunk.starts(with: Self.noteName) ? chunk.dropFirst(Self.noteName.count) : chunk
    self = Orientation(tiff: tiff) ?? .upright
  }

  private static let noteName: [UInt8] = Array("Exif".utf8) + [0, 0]

  /// The TIFF data of the first Exif segment before the image data.
  private static func note(in bytes: [UInt8]) -> ArraySlice<UInt8>? {
    var at = 2
    while at + 4 <= bytes.count, bytes[at] == 0xFF {
      let (marker, length) = (bytes[at + 1], Int(bytes[at + 2]) << 8 | Int(bytes[at + 3]))
      // Any number of fill bytes may precede a marker.
      guard marker != 0xFF else {
        at += 1
        continue
      }
      let end = at + 2 + length
      guard marker != 0xDA, length >= 2, end <= bytes.count else { return nil }
      let content = bytes[at + 4..<end]
      if marker == 0xE1, content.starts(with: noteName) { return content.dropFirst(noteName.count) }
      at = end
    }
    return nil
  }

  private init?(tiff file: ArraySlice<UInt8>) {
    let isLittle = file.starts(with: [0x49, 0x49, 42, 0])
    guard isLittle || file.starts(with: [0x4D, 0x4D, 0, 42]) else { return nil }
    func number(_ offset: Int, _ count: Int) -> Int? {
      guard offset >= 0, offset <= file.count - count else { return nil }
      let bytes = file.dropFirst(offset).prefix(count)
      return (isLittle ? Array(bytes.reversed()) : Array(bytes)).reduce(0) { $0 << 8 | Int($1) }
    }
    guard let directory = number(4, 4), let count = number(directory, 2) else { return nil }
    for entry in 0..<count {
      let start = directory + 2 + 12 * entry
      guard let tag = number(start, 2), let type = number(start + 2, 2) else { return nil }
      // One number, of 16 bits or, as some programs write it, of 32.
      if tag == 274, type == 3 || type == 4, number(start + 4, 4) == 1 {
        guard let orientation = number(start + 8, type == 3 ? 2 : 4).flatMap(Orientation.init(rawValue:))
        else { return nil }
        self = orientation
        return
      }
    }
    return nil
  }
}

extension Picture {
  /// The picture turned upright.
  func upright(from orientation: Orientation) -> Picture {
    guard orientation != .upright else { return self }
    let isTurned = orientation.rawValue >= Orientation.transposed.rawValue
    let (width, height) = isTurned ? (self.height, self.width) : (self.width, self.height)
    let (right, bottom) = (self.width - 1, self.height - 1)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(self.pixels.count)
    for y in 0..<height {
      for x in 0..<width {
        let (column, row) =
          switch orientation {
          case .upright: (x, y)
          case .mirrored: (right - x, y)
          case .upsideDown: (right - x, bottom - y)
          case .upsideDownMirrored: (x, bottom - y)
          case .transposed: (y, x)
          case .turnedLeft: (y, bottom - x)
          case .transposedUpsideDown: (right - y, bottom - x)
          case .turnedRight: (right - y, x)
          }
        let place = (row * self.width + column) * channels
        for channel in 0..<channels { pixels.append(self.pixels[place + channel]) }
      }
    }
    return Picture(width: width, height: height, channels: channels, pixels: pixels)
  }
}
