import Datasets
import Tensors
import Testing

@Suite("Classes are matched by name")
struct ClassMatchingTests {
  private func numbers(_ names: [String], _ known: [String]) throws -> [Int] {
    let matching = try ClassMatching(of: names, among: known, path: "data")
    #expect(!matching.isByNumber)
    return matching.numbers
  }

  private func refusal(_ names: [String], _ known: [String]) throws -> String {
    try #require(throws: DatasetError.self) { try ClassMatching(of: names, among: known, path: "data") }
      .description
  }

  @Test("whatever their order, and if there are only some of them")
  func found() throws {
    let known = ["blue", "green", "red"]
    #expect(try numbers(known, known) == [0, 1, 2])
    #expect(try numbers(["red", "blue", "green"], known) == [2, 0, 1])
    #expect(try numbers(["red"], known) == [2])
    // Also digits, of which only some occur.
    #expect(try numbers(["0", "1"], ["0", "1", "2"]) == [0, 1])
    #expect(try numbers(["7", "3"], (0...9).map(String.init)) == [7, 3])
    // Composed and decomposed Unicode.
    #expect(try numbers(["caf\u{65}\u{301}"], ["bar", "caf\u{E9}"]) == [1])
  }

  @Test("and those that the network has not are named, all of them as far as there is room")
  func unknown() throws {
    let known = ["blue", "green", "red"]
    #expect(
      try refusal(["blue", "red", "yellow"], known)
        == "data: the network does not know the class yellow: it tells apart blue, green, red")
    #expect(try refusal(["pink", "red", "yellow"], known).contains("the classes pink, yellow:"))
    // Names are case-sensitive.
    #expect(try refusal(["Red"], known).contains("the class Red:"))
    let many = (0..<1000).map { "class \($0)" }
    #expect(try refusal(many, known).contains("class 11, … (1,000 in all): it tells apart"))
    #expect(try refusal(["10"], (0...9).map(String.init)).contains("the class 10:"))
  }

  @Test("or by number where only one side has names, which is noted")
  func byNumber() throws {
    let known = ["blue", "green", "red"]
    let matching = try ClassMatching(of: ["0", "1"], among: known, path: nil)
    #expect(matching.isByNumber && matching.numbers == [0, 1])
    #expect(try ClassMatching(of: known, among: ["0", "1", "2"], path: nil).numbers == [0, 1, 2])
    // Two of three classes without names are ambiguous.
    #expect(
      try refusal(["blue", "red"], ["0", "1", "2"]).contains("there are 2 classes, but the network has 3"))
    #expect(try refusal(["0", "1", "2", "3"], known).contains("there are 4 classes, but the network has 3"))
    let images = try LabeledImages(
      pixels: [1, 2], labels: [0, 1], shape: ImageShape(channels: 1, height: 1, width: 1))
    let data = try Dataset(name: "set", training: images, test: images, classNames: ["0", "1"])
    #expect(try data.matched(to: known, path: "a/set").notes.first?.contains("a/set are matched") == true)
  }

  @Test("so that labels are positions among the network's, and the images stay as they are")
  func relabelled() throws {
    let images = try LabeledImages(
      pixels: [1, 2, 3, 4], labels: [1, 0, 1, 0], shape: ImageShape(channels: 1, height: 1, width: 1))
    let data = try Dataset(name: "set", training: images, test: images, classNames: ["red", "blue"])
    let matched = try data.matched(to: ["blue", "green", "red"])
    #expect(matched.training.labels == [0, 2, 0, 2] && matched.test.labels == [0, 2, 0, 2])
    #expect(matched.training.pixels == images.pixels)
    #expect(matched.classNames == ["blue", "green", "red"] && matched.notes == [])
    #expect(try data.matched(to: ["red", "blue"]).training == images)
    let error = try #require(throws: DatasetError.self) { try data.matched(to: ["blue"]) }
    #expect(error.path == "set")
  }

  @Test("a checksum tells sets apart by pixels, labels and order")
  func checksum() throws {
    let shape = ImageShape(channels: 1, height: 1, width: 1)
    func checksum(_ pixels: [UInt8], _ labels: [Int32]) throws -> UInt32 {
      try LabeledImages(pixels: pixels, labels: labels, shape: shape).checksum
    }
    let one = try checksum([1, 2, 3], [0, 1, 2])
    #expect(try checksum([1, 2, 3], [0, 1, 2]) == one)
    for other in try [
      checksum([1, 2, 4], [0, 1, 2]), checksum([1, 2, 3], [0, 2, 1]), checksum([2, 1, 3], [1, 0, 2]),
      checksum([1, 2], [0, 1]), checksum([], []),
    ] {
      #expect(other != one)
    }
    // "12345678" and the label 57, "9" with three zeros after it: zlib.crc32 of Python.
    let eight = ImageShape(channels: 1, height: 2, width: 4)
    let digits = try LabeledImages(pixels: Array(49...56), labels: [57], shape: eight)
    #expect(digits.checksum == 0x77D55834)
  }

  @Test("pictures are made grey as they are for a network that takes grey ones")
  func grey() throws {
    // Two images of one pixel.
    let colour = try LabeledImages(
      pixels: [255, 0, 0, 10, 20, 30], labels: [0, 1], shape: ImageShape(channels: 3, height: 1, width: 1))
    #expect(colour.inGrey().pixels == [76, 18])  // 76.245 and 2.99 + 11.74 + 3.42 = 18.15
    #expect(colour.inGrey().shape == ImageShape(channels: 1, height: 1, width: 1))
    #expect(colour.inGrey().inGrey() == colour.inGrey())
  }
}
