import Glibc
import Pictures
import Tensors
import TestSupport
import Testing

@testable import Datasets

@Suite("Folders of pictures")
struct ImageFolderTests {
  /// A picture of one colour, which identifies it.
  private static func png(_ level: UInt8, width: Int = 6, height: Int = 5) -> [UInt8] {
    Picture(
      width: width, height: height, channels: 1, pixels: [UInt8](repeating: level, count: width * height)
    ).png
  }

  private static func write(_ counts: [String: Int], to folder: TemporaryFolder, in part: String = "") throws
  {
    for (label, (name, count)) in counts.sorted(by: { $0.key < $1.key }).enumerated() {
      for number in 0..<count {
        try folder.write(png(UInt8(label * 100 + number)), as: "\(part)\(name)/\(number).png")
      }
    }
  }

  @Test("become a set: classes by name, a tenth of each held out, no picture twice")
  func flat() throws {
    let folder = try TemporaryFolder()
    try Self.write(["cat": 20, "bird": 31, "eel": 1], to: folder)
    try folder.write(Array("a list".utf8), as: "cat/notes.txt")
    try folder.write(Self.png(1), as: "bird/._0.png")
    let data = try Dataset.load(folder.path, imageSize: 4)
    #expect(data.classNames == ["bird", "cat", "eel"])
    #expect(data.shape == ImageShape(channels: 3, height: 4, width: 4))
    #expect(data.training.imagesPerClass(3) == [27, 18, 1])
    #expect(data.test.imagesPerClass(3) == [4, 2, 0])
    #expect(
      data.notes == ["left out, hidden files: 1 (bird/._0.png)", "left out, text files: 1 (cat/notes.txt)"])
    // Each picture has its own colour, in all pixels, which determines its class.
    var seen: Set<UInt8> = []
    for part in [data.training, data.test] {
      for index in 0..<part.count {
        let image = part.image(at: index)
        let level = try #require(image.first)
        #expect(image.allSatisfy { $0 == level })
        #expect(part.labels[index] == Int32(level / 100))
        #expect(seen.insert(level).inserted)
      }
    }
    #expect(seen.count == 52)
    // The last images are held out for validation: they must not all have one class.
    #expect(Set(data.training.labels.suffix(16)).count > 1)
    let size = try DatasetSize(of: folder.path, imageSize: 4)
    #expect(size == DatasetSize(shape: data.shape, classes: 3, trainingImages: 46, testImages: 6))
  }

  @Test("are the same set with any number of threads, and wherever they lie")
  func sameEverywhere() throws {
    let (a, b) = (try TemporaryFolder(), try TemporaryFolder())
    for folder in [a, b] { try Self.write(["x": 30, "y": 30], to: folder) }
    let data = try Dataset.imageFolder(in: a.path, size: 3, threads: 1)
    for other in [
      try Dataset.imageFolder(in: a.path, size: 3, threads: 7), try .load(b.path + "/", imageSize: 3),
    ] {
      #expect(other.training == data.training)
      #expect(other.test == data.test)
    }
  }

  @Test("keep what is held out when a picture comes to a class")
  func stable() throws {
    let folder = try TemporaryFolder()
    try Self.write(["x": 30, "y": 20], to: folder)
    let before = try #require(try ImageFolder(in: Directory(folder.path), threads: 2))
    try folder.write(Self.png(1), as: "y/new.png")
    let after = try #require(try ImageFolder(in: Directory(folder.path), threads: 1))
    #expect(
      before.test.filter { $0.label == 0 }.map(\.place.path)
        == after.test.filter { $0.label == 0 }.map(\.place.path))
    let common = Set(before.test.map(\.place.path)).intersection(after.test.map(\.place.path))
    #expect(common.count >= before.test.count - 1)
  }

  @Test(
    "in train and test, or train and val, are those parts", arguments: ["test", "val", "validation", "valid"])
  func parts(part: String) throws {
    let folder = try TemporaryFolder()
    try Self.write(["a": 5, "b": 6], to: folder, in: "train/")
    try Self.write(["a": 2, "b": 3], to: folder, in: "\(part)/")
    let data = try Dataset.load(folder.path)
    #expect(data.shape == ImageShape(channels: 3, height: 32, width: 32))
    #expect(data.training.imagesPerClass(2) == [5, 6])
    #expect(data.test.imagesPerClass(2) == [2, 3])
  }

  @Test("say what they leave aside")
  func notes() throws {
    let other = try TemporaryFolder()
    try Self.write(["a": 5, "train": 5], to: other)  // a class of railway carriages
    try other.write([0x49, 0x49, 42, 0, 1], as: "tiff/one.tif")
    let classes = try Dataset.load(other.path)
    #expect(classes.classNames == ["a", "train"])
    #expect(
      classes.notes == [
        "left out, folders without a picture, which are no classes: 1 (tiff)",
        "left out, TIFF pictures, which are not read (make them JPEG or PNG): 1 (tiff/one.tif)",
      ])
  }

  @Test("skip a few bad files and name them, and are refused for many")
  func badFiles() throws {
    let folder = try TemporaryFolder()
    try Self.write(["a": 15, "b": 15], to: folder)
    for number in 0..<10 { try folder.write([UInt8(number)], as: "b/bad\(number).jpeg") }
    let data = try Dataset.load(folder.path, imageSize: 2)
    #expect(data.training.count + data.test.count == 30)
    let skipped = data.notes.filter { $0.hasPrefix("skipped") }
    #expect(skipped.count == 10)
    #expect(
      skipped.allSatisfy { $0.contains("/b/bad") && $0.contains("is no PNG, JPEG, GIF, BMP or WebP file") })
    #expect(data.notes.count == 10)
    #expect(
      data.contents.contains { $0.what == "files that are called pictures and are none" && $0.count == 10 })
    try folder.write(Self.png(3).prefix(40), as: "a/cut.png")
    let error = #expect(throws: DatasetError.self) { try Dataset.load(folder.path, imageSize: 2) }
    #expect(error?.category == .unusable)
    #expect(error?.message.hasPrefix("11 of 41 pictures cannot be read, more than the 10") == true)
    #expect(error?.message.contains(".jpeg: is no PNG") == true)
  }

  @Test("are refused where there is nothing to learn from or nothing to test on")
  func refusals() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.png(1), as: "one.png")
    let flat = #expect(throws: DatasetError.self) { try Dataset.load(folder.path) }
    #expect(flat?.message.contains("side by side") == true)
    try Self.write(["a": 2], to: folder, in: "train/")
    // Of two pictures of a class, one is for training and one for testing.
    #expect(try Dataset.load(folder.path).test.count == 1)
    try Self.write(["stranger": 2], to: folder, in: "test/")
    let stranger = #expect(throws: DatasetError.self) { try Dataset.load(folder.path) }
    #expect(stranger?.message.contains("the class stranger") == true)
    for size in [0, -1, 1 << 40] {
      #expect(throws: DatasetError.self) { try Dataset.imageFolder(in: folder.path, size: size) }
    }
    #expect(throws: DatasetError.self) { try Dataset.imageFolder(in: folder.path(of: "nowhere")) }
  }

  @Test("are of any number of classes")
  func manyClasses() throws {
    let folder = try TemporaryFolder()
    for number in 0..<700 {
      for copy in 0..<2 {
        try folder.write(Self.png(UInt8(number % 251)), as: "\(1000 + number)/\(copy).png")
      }
    }
    let data = try Dataset.load(folder.path, imageSize: 1)
    #expect(data.classNames.count == 700 && data.classNames[699] == "1699")
    #expect(data.training.imagesPerClass(700) == [Int](repeating: 1, count: 700))
    for index in 0..<data.training.count {
      let level = UInt8(data.training.labels[index] % 251)
      #expect(data.training.image(at: index).allSatisfy { $0 == level })
    }
  }

  @Test("too many for the machine's memory are refused before anything is read")
  func memory() throws {
    let folder = try TemporaryFolder()
    let memory = Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE)))
    for number in 0...memory / (3 * 4096 * 4096) { try folder.write([], as: "c\(number % 7)/\(number).png") }
    let error = #expect(throws: DatasetError.self) { try Dataset.load(folder.path, imageSize: 4096) }
    #expect(error?.message.contains("choose a smaller image size") == true)
  }

  @Test("are walked in order at any depth, links to folders left out")
  func walk() throws {
    let folder = try TemporaryFolder()
    for name in ["b/2.jpg", "b/10.PNG", "a/z/deep.jpeg", "c.png", ".hidden/x.png", "a/readme.md"] {
      try folder.write([], as: name)
    }
    #expect(throws: Never.self) { try folder.link("b/again", to: folder.path) }
    let (found, leftOut) = try PictureFile.pictures(in: folder.path, threads: 2)
    #expect(
      found.map { "\($0)".dropFirst(folder.path.count + 1) }
        == ["a/z/deep.jpeg", "b/10.PNG", "b/2.jpg", "c.png"])
    #expect(
      Set(leftOut.map(\.description)) == [
        "hidden folders: 1 (.hidden)", "links that lead back to a folder above them: 1 (b/again)",
        "empty files: 1 (a/readme.md)",
      ])
  }

  @Test("end where a link leads back, and a pipe is no picture")
  func loops() throws {
    let folder = try TemporaryFolder()
    for name in ["a/1.png", "a/2.png", "b/1.png", "b/2.png"] { try folder.write(Self.png(7), as: name) }
    try folder.link("a/again", to: folder.path)
    try folder.link("a/nowhere.png", to: folder.path(of: "none"))
    try folder.link("a/itself.png", to: folder.path(of: "a/itself.png"))
    try folder.link("c", to: folder.path)
    #expect(mkfifo(folder.path(of: "b/pipe.png"), 0o600) == 0)
    let set = try Dataset.load(folder.path, imageSize: 2)
    #expect(set.classNames == ["a", "b"])
    #expect(set.training.count + set.test.count == 4)
    #expect(set.notes.filter { $0.contains("skipped") }.count == 3)
  }

  @Test("hold files of which each has its own error")
  func errors() throws {
    let folder = try TemporaryFolder()
    let good = try folder.write(Self.png(77), as: "good.png")
    let bad = try folder.write([1, 2, 3], as: "bad.png")
    let missing = folder.path(of: "missing.png")
    let shape = ImageShape(channels: 1, height: 2, width: 2)
    let results = PictureFile.pixels(
      of: [bad, good, missing, folder.path].map { FilePath($0) }, as: shape, threads: 3)
    #expect(results.count == 4)
    #expect(try results[1].get() == [77, 77, 77, 77])
    #expect(throws: DatasetError.self) { try results[0].get() }
    let error = #expect(throws: DatasetError.self) { try results[2].get() }
    #expect(error?.category == .missing)
    #expect(error?.path == missing)
    #expect(throws: DatasetError.self) { try results[3].get() }
  }
}
