import Pictures
import TestSupport
import Testing

@Suite("JPEG files")
struct JPEGTests {
  /// A smooth picture, which JPEG compression hardly changes.
  private static func slope(width: Int, height: Int, channels: Int) -> [UInt8] {
    (0..<height).flatMap { row in
      (0..<width).flatMap { column in
        (0..<channels).map { channel in
          UInt8((row * 120 / height + column * 90 / width + channel * 40) % 256)
        }
      }
    }
  }

  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    zip(a, b).map { abs(Int($0) - Int($1)) }.max() ?? 0
  }

  struct Form: Sendable, CustomTestStringConvertible {
    let width: Int
    let height: Int
    let channels: Int
    let isProgressive: Bool
    var testDescription: String {
      "\(width)×\(height), \(channels) channels\(isProgressive ? ", progressive" : "")"
    }
  }

  static let forms = [(1, 1), (17, 5), (200, 101)].flatMap { (width, height) in
    [1, 3].flatMap { channels in
      [false, true].map { Form(width: width, height: height, channels: channels, isProgressive: $0) }
    }
  }

  @Test("are read as what was written, but for what JPEG leaves out", arguments: forms)
  func pixels(_ form: Form) throws {
    let pixels = Self.slope(width: form.width, height: form.height, channels: form.channels)
    let file = jpegFile(
      pixels, width: form.width, height: form.height, channels: form.channels, quality: 98,
      isProgressive: form.isProgressive)
    let picture = try Picture(file: file)
    #expect((picture.width, picture.height, picture.channels) == (form.width, form.height, form.channels))
    // Quality 98 quantizes the highest frequencies by 5, and rounds colours twice.
    #expect(Self.distance(picture.pixels, pixels) <= 8)
  }

  @Test("of inks look as on white paper")
  func inks() throws {
    // CMYK stored inverted, as in Adobe's files: white, no cyan, half black, black.
    let light: [[UInt8]] = [
      [255, 255, 255, 255], [0, 255, 255, 255], [255, 255, 255, 128], [255, 255, 255, 0],
    ]
    let shown: [[UInt8]] = [[255, 255, 255], [0, 255, 255], [128, 128, 128], [0, 0, 0]]
    for (ink, color) in zip(light, shown) {
      let file = jpegFile((0..<64).flatMap { _ in ink }, width: 8, height: 8, channels: 4)
      let picture = try Picture(file: file)
      #expect(picture.channels == 3)
      #expect(Self.distance(picture.pixels, (0..<64).flatMap { _ in color }) <= 3)
    }
  }

  private static let files = [false, true].map {
    jpegFile(slope(width: 40, height: 30, channels: 3), width: 40, height: 30, channels: 3, isProgressive: $0)
  }

  @Test("that are cut off are refused in a sentence", arguments: files)
  func truncation(file: [UInt8]) {
    for length in 0..<file.count - 2 {
      let error = #expect(throws: PictureError.self) { try Picture(file: Array(file.prefix(length))) }
      #expect(error?.reason.contains("\n") == false)
    }
  }

  @Test("with random damage are read or refused, and never crash", arguments: files.indices)
  func mutations(number: Int) {
    var random = SplitMix64(seed: UInt64(number))
    var refused = 0
    for _ in 0..<2_000 {
      do { _ = try Picture(file: random.mutation(of: Self.files[number])) } catch { refused += 1 }
    }
    #expect((1..<2_000).contains(refused))  // a changed coefficient is a good coefficient
  }

  @Test("that claim to be larger than any picture are refused with their size")
  func claim() throws {
    var file = Self.files[0]
    // SOF0: marker, length of 17, precision, height, width.
    let frame = try #require(file.indices.first { file[$0...].starts(with: [0xFF, 0xC0, 0, 17, 8]) })
    file.replaceSubrange(frame + 5..<frame + 9, with: [0xFD, 0xE8, 0xFD, 0xE8])
    let error = #expect(throws: PictureError.self) { try Picture(file: file) }
    #expect(error?.reason.contains("65000×65000") == true)
  }

  @Test("of more scans than any encoder makes are refused: each costs all pixels again")
  func scans() throws {
    let file = Self.files[1]
    // The first scan, up to the next marker, repeated: it contains the DC coefficients, which may occur any
    // number of times.
    let first = try #require(file.indices.first { file[$0...].starts(with: [0xFF, 0xDA]) })
    let next = try #require(
      file.indices.first { $0 > first + 2 && file[$0] == 0xFF && $0 + 1 < file.count && file[$0 + 1] != 0 })
    let scan = file[first..<next]
    #expect(throws: Never.self) {
      try Picture(file: file[..<next] + (0..<100).flatMap { _ in scan } + file[next...])
    }
    let bomb = file[..<next] + (0..<600).flatMap { _ in scan } + file[next...]
    let error = #expect(throws: PictureError.self) { try Picture(file: Array(bomb)) }
    #expect(error?.reason.contains("scans") == true)
  }

  @Test("of many pixels may come in fewer scans")
  func scansOfManyPixels() throws {
    let (width, height) = (8192, 4096)
    let file = jpegFile(
      [UInt8](repeating: 90, count: width * height), width: width, height: height, channels: 1,
      isProgressive: true)
    let first = try #require(file.indices.first { file[$0...].starts(with: [0xFF, 0xDA]) })
    let next = try #require(
      file.indices.first { $0 > first + 2 && file[$0] == 0xFF && $0 + 1 < file.count && file[$0 + 1] != 0 })
    let bomb = file[..<next] + (0..<130).flatMap { _ in file[first..<next] } + file[next...]
    let error = #expect(throws: PictureError.self) { try Picture(file: Array(bomb)) }
    #expect(error?.reason.contains("more than 128 scans") == true)
  }

  /// Orientation tags, and how the six squares "ab/cd/ef" of the file appear then.
  static let turns = [
    (0, "ab/cd/ef"), (1, "ab/cd/ef"), (2, "ba/dc/fe"), (3, "fe/dc/ba"), (4, "ef/cd/ab"), (5, "ace/bdf"),
    (6, "eca/fdb"), (7, "fdb/eca"), (8, "bdf/ace"), (9, "ab/cd/ef"),
  ]

  @Test("are turned as the camera says", arguments: turns, [false, true])
  func orientation(turn: (value: Int, seen: String), isLittle: Bool) throws {
    let side = 16
    func level(_ letter: Int) -> UInt8 { UInt8(20 + 40 * letter) }
    let pixels = (0..<3 * side).flatMap { y in (0..<2 * side).map { x in level(y / side * 2 + x / side) } }
    let plain = jpegFile(pixels, width: 2 * side, height: 3 * side, channels: 1, quality: 98)
    let file = Self.withExif(Self.tiff(orientation: turn.value, isLittle: isLittle), plain)
    let picture = try Picture(file: file)
    let rows = turn.seen.split(separator: "/").map { $0.utf8.map { Int($0) - 97 } }
    #expect((picture.width, picture.height) == (rows[0].count * side, rows.count * side))
    let seen = (0..<picture.height).flatMap { y in
      (0..<picture.width).map { x in level(rows[y / side][x / side]) }
    }
    #expect(Self.distance(picture.pixels, seen) <= 3)
  }

  @Test("with a damaged note are read as they lie")
  func damagedOrientation() throws {
    let plain = Self.files[0]
    let tiff = Self.tiff(orientation: 6, isLittle: true)
    #expect(try Picture(file: Self.withExif(tiff, plain)).width == 30)
    // The orientation entry is followed by two bytes of padding and four of the directory.
    for length in 0..<tiff.count - 6 {
      #expect(try Picture(file: Self.withExif(Array(tiff.prefix(length)), plain)).width == 40)
    }
    // A directory offset beyond the end of the file.
    let far = Array(tiff.prefix(4)) + [0xFF, 0xFF, 0xFF, 0xFF] + tiff.dropFirst(8)
    #expect(try Picture(file: Self.withExif(far, plain)).width == 40)
  }

  /// A directory of two entries, the second of which is the orientation.
  private static func tiff(orientation: Int, isLittle: Bool) -> [UInt8] {
    func number(_ value: Int, _ count: Int) -> [UInt8] {
      let bytes = (0..<count).map { UInt8(value >> (8 * $0) & 0xFF) }
      return isLittle ? bytes : bytes.reversed()
    }
    let header = (isLittle ? [0x49, 0x49] : [0x4D, 0x4D]) + number(42, 2) + number(8, 4)
    let width = number(256, 2) + number(4, 2) + number(1, 4) + number(32, 4)
    let entry = number(274, 2) + number(3, 2) + number(1, 4) + number(orientation, 2) + number(0, 2)
    return header + number(2, 2) + width + entry + number(0, 4)
  }

  private static func withExif(_ tiff: [UInt8], _ file: [UInt8]) -> [UInt8] {
    let note = Array("Exif".utf8) + [0, 0] + tiff
    let length = note.count + 2
    return file.prefix(2) + [0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 0xFF)] + note + file.dropFirst(2)
  }

  @Test("and PNG files are known by their first bytes; others are refused")
  func kinds() throws {
    let picture = Picture(width: 2, height: 1, channels: 1, pixels: [3, 250])
    #expect(try Picture(file: picture.png) == picture)
    for other in ["", "GIF89a", "\u{1}", "no picture at all"] {
      #expect(throws: PictureError.self) { try Picture(file: Array(other.utf8)) }
    }
  }
}
