import Datasets
import Pictures
import Tensors
import TestSupport
import Testing

@Suite("What a trained network is measured on")
struct EvaluationSetTests {
  private static func png(_ level: UInt8) -> [UInt8] {
    Picture(width: 3, height: 2, channels: 1, pixels: [UInt8](repeating: level, count: 6)).png
  }

  @Test("is the test part where there is one")
  func testPart() throws {
    let bundled = try EvaluationSet.load("bundled")
    #expect(try bundled.images == Dataset.bundled().test)
    #expect(try bundled.classNames == Dataset.bundled().classNames)
    #expect(bundled.name == "fashion-mnist-small" && bundled.notes == [])
    let folder = try TemporaryFolder()
    for level: UInt8 in 0..<4 {
      try folder.write(Self.png(level), as: "train/\(level % 2 == 0 ? "a" : "b")/\(level).png")
      try folder.write(Self.png(100 + level), as: "test/\(level % 2 == 0 ? "a" : "b")/\(level).png")
    }
    let set = try EvaluationSet.load(folder.path, imageSize: 1)
    #expect(set.classNames == ["a", "b"])
    #expect(Set((0..<set.images.count).map { set.images.pixels[3 * $0] }) == [100, 101, 102, 103])
    for index in 0..<set.images.count {
      #expect(set.images.pixels[3 * index] % 2 == set.images.labels[index])
    }
  }

  @Test("needs no training part beside it", arguments: ["test", "val"])
  func testOnly(part: String) throws {
    let folder = try TemporaryFolder()
    for level: UInt8 in 0..<5 { try folder.write(Self.png(level), as: "\(part)/c\(level)/one.png") }
    let set = try EvaluationSet.load(folder.path, imageSize: 2)
    #expect(set.classNames == ["c0", "c1", "c2", "c3", "c4"])
    #expect(set.images.shape == ImageShape(channels: 3, height: 2, width: 2))
    for index in 0..<5 { #expect(set.images.image(at: index).allSatisfy { $0 == set.images.labels[index] }) }
    // There is no training part.
    #expect(throws: DatasetError.self) { try Dataset.load(folder.path) }
  }

  @Test("is all pictures of plain class folders, in no order of classes")
  func plain() throws {
    let folder = try TemporaryFolder()
    for level: UInt8 in 0..<40 {
      try folder.write(Self.png(level), as: "\(level < 25 ? "x" : "y")/\(level).png")
    }
    let set = try EvaluationSet.load(folder.path, imageSize: 1, threads: 2)
    #expect(set.images.imagesPerClass(2) == [25, 15])
    #expect(Set((0..<40).map { set.images.pixels[3 * $0] }) == Set(0..<40))
    #expect(Set(set.images.labels.prefix(20)).count == 2)
    for index in 0..<40 { #expect(set.images.labels[index] == (set.images.pixels[3 * index] < 25 ? 0 : 1)) }
  }

  @Test("may have as many bad files as are allowed")
  func badFiles() throws {
    let folder = try TemporaryFolder()
    for number in 0..<28 { try folder.write(Self.png(1), as: "x/\(number).png") }
    for number in 0..<12 { try folder.write([UInt8(number)], as: "x/bad\(number).png") }
    let refused = #expect(throws: DatasetError.self) { try EvaluationSet.load(folder.path) }
    #expect(refused?.message.hasPrefix("12 of 40 pictures cannot be read, more than the 10") == true)
    for allowed in [BadFileAllowance.count(12), .share(0.3)] {
      let set = try EvaluationSet.load(folder.path, allowingBadFiles: allowed)
      #expect(set.images.count == 28 && set.notes.count == 12)
    }
    for allowed in [BadFileAllowance.count(11), .share(0.29), .count(0)] {
      #expect(throws: DatasetError.self) { try EvaluationSet.load(folder.path, allowingBadFiles: allowed) }
    }
    // If all are bad, even an allowance for all leaves nothing.
    let empty = try TemporaryFolder()
    try empty.write([1], as: "x/bad.png")
    let nothing = #expect(throws: DatasetError.self) {
      try EvaluationSet.load(empty.path, allowingBadFiles: .share(1))
    }
    #expect(nothing?.message == "there is no image in it to measure on")
  }

  @Test("has an allowance that is a number or a share, as it is written")
  func allowance() {
    #expect(BadFileAllowance("5%") == .share(0.05) && BadFileAllowance("20") == .count(20))
    #expect(BadFileAllowance("0") == .count(0) && BadFileAllowance("100%") == .share(1))
    #expect(BadFileAllowance("0.5%") == .share(0.005))
    for text in ["", "%", "-1", "101%", "-1%", "5 %", "nan%", "1.5", "many", "5%%"] {
      #expect(BadFileAllowance(text) == nil, "\(text)")
    }
    for text in ["7%", "0.5%", "12"] { #expect(BadFileAllowance(text)?.description == text) }
  }
}
