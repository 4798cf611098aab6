import Datasets
import FileWriting
import Glibc
import Pictures
import Tensors
import TestSupport
import Testing

@Suite("How pictures lie in folders")
struct PictureLayoutTests {
  static let names = [
    ("train", "val", "test"), ("Train", "Valid", "Test"), ("TRAINING", "validation", "Testing"),
  ]

  @Test("in three parts, in any case of letters", arguments: names)
  func parts(names: (training: String, validation: String, test: String)) throws {
    let folder = try TemporaryFolder()
    for level: UInt8 in 0..<4 {
      try folder.write(tile(level), as: "\(names.training)/\(level < 2 ? "a" : "b")/\(level).png")
    }
    try folder.write(tiles: [("\(names.validation)/b/x.png", 10), ("\(names.validation)/a/y.png", 11)])
    try folder.write(tiles: [("\(names.test)/b/x.png", 20)])
    let data = try Dataset.load(folder.path, imageSize: 1)
    #expect(data.classNames == ["a", "b"] && data.notes == [])
    #expect(data.training.levels == [0: 0, 1: 0, 2: 1, 3: 1])
    #expect(data.validation?.levels == [10: 1, 11: 0])
    #expect(data.test.levels == [20: 1])
    #expect(data.contents.map(\.description) == ["PNG pictures: 7"])
    // A separate validation part is used for validation and costs no training images.
    let own = try data.parts(validation: 0.1)
    #expect(own.training == data.training && own.validation == data.validation)
    #expect(try data.parts(validation: 0).validation.count == 0)
    let size = try DatasetSize(of: folder.path, imageSize: 1)
    #expect((size.trainingImages, size.validationImages, size.testImages) == (4, 2, 1))
    #expect(try EvaluationSet.load(folder.path, imageSize: 1).images == data.test)
  }

  @Test("to train on alone, or with pictures to test on that have no classes: a tenth is held out")
  func trainingOnly() throws {
    let folder = try TemporaryFolder()
    for level: UInt8 in 0..<20 {
      try folder.write(tile(level), as: "train/\(level < 10 ? "a" : "b")/\(level).png")
    }
    try folder.write(tiles: [("test/1.png", 101), ("test/2.png", 102)])
    let data = try Dataset.load(folder.path, imageSize: 1)
    #expect(data.training.count == 18 && data.test.count == 2 && data.validation == nil)
    #expect(data.notes.contains { $0.contains("a tenth of train is held out") })
    #expect(
      data.notes.contains {
        $0.contains("files of a part without class folders (lemnos predict says what is on pictures): 2")
          && $0.contains("test/1.png")
      })
    #expect(Set(data.training.levels.keys).union(data.test.levels.keys) == Set(0..<20))
    // Also next to plain class folders.
    let plain = try TemporaryFolder()
    for level: UInt8 in 0..<20 { try plain.write(tile(level), as: "\(level < 10 ? "a" : "b")/\(level).png") }
    try plain.write(tiles: [("Test/1.png", 101)])
    #expect(try Dataset.load(plain.path).classNames == ["a", "b"])
    // Both layouts hold out the same pictures.
    #expect(try Set(Dataset.load(plain.path, imageSize: 1).test.levels.keys) == Set(data.test.levels.keys))
  }

  @Test("in one folder around all, as archives have it")
  func wrapped() throws {
    let folder = try TemporaryFolder()
    for level: UInt8 in 0..<4 {
      try folder.write(tile(level), as: "pets/all/\(level < 2 ? "a" : "b")/\(level).png")
    }
    try folder.write(Array("read me".utf8), as: "pets/readme.txt")
    let data = try Dataset.load(folder.path, imageSize: 1)
    #expect(data.classNames == ["a", "b"])
    #expect(data.training.count + data.test.count == 4)
    #expect(data.notes.contains { $0.hasSuffix("pets/all") })
    #expect(data.notes.contains { $0.contains("pets/readme.txt") })
  }

  @Test("that nobody can understand are refused in a sentence")
  func refusals() throws {
    func refusal(_ names: [String]) throws -> String {
      let folder = try TemporaryFolder()
      for name in names { try folder.write(tile(1), as: name) }
      return "\(try #require(#expect(throws: DatasetError.self) { try Dataset.load(folder.path) }))"
    }
    #expect(
      try refusal(["train/a/1.png", "Training/a/1.png", "test/a/1.png"]).contains("Training and train"))
    #expect(try refusal(["train/1.png", "test/1.png"]).contains("side by side"))
    #expect(try refusal(["test/a/1.png", "a/1.png", "b/1.png"]).contains("in a folder train"))
    #expect(try refusal(["test/a/1.png", "test/b/1.png"]).contains("none to train on"))
    #expect(
      try refusal(["train/a/1.png", "test/c/1.png"]).contains(
        "the class c has pictures here, but none in train"))
  }

  @Test("with names that read the same, but are coded in two ways, are refused with both")
  func normalForms() throws {
    let folder = try TemporaryFolder()
    try folder.write(tiles: [("caf\u{E9}/1.png", 1), ("cafe\u{301}/2.png", 2), ("tea/3.png", 3)])
    let error = #expect(throws: DatasetError.self) { try Dataset.load(folder.path) }
    #expect(error?.message.contains(#""cafe\u{0301}" and "caf\u{00E9}""#) == true)
    // In two parts they are one class.
    let parts = try TemporaryFolder()
    try parts.write(tiles: [
      ("train/caf\u{E9}/1.png", 1), ("train/tea/2.png", 2), ("test/cafe\u{301}/3.png", 3),
    ])
    #expect(try Dataset.load(parts.path, imageSize: 1).test.levels == [3: 0])
  }

  @Test("with a single class can be read, with a warning")
  func singleClass() throws {
    let folder = try TemporaryFolder()
    for level: UInt8 in 0..<4 { try folder.write(tile(level), as: "cat/\(level).png") }
    let data = try Dataset.load(folder.path)
    #expect(data.notes == ["there is a single class, cat: with nothing to tell apart, nothing is learned"])
  }
}

@Suite("All files of a folder of pictures")
struct FileAccountTests {
  @Test("are read by what they are, whatever they are called, at any depth")
  func kinds() throws {
    let folder = try TemporaryFolder()
    let gray = [UInt8](repeating: 40, count: 64)
    let jpeg = jpegFile(gray, width: 8, height: 8, channels: 1, quality: 98)
    let files: [(String, [UInt8])] = [
      ("a/1.jfif", jpeg), ("a/2.JPE", jpeg), ("a/3.PNG", tile(40)), ("a/4.txt", tile(40)), ("a/5", jpeg),
      ("a/deep/er/6.jpg", tile(40)), ("b/7.png", jpeg),
      ("b/8.gif", gif(size: (2, 2), palette: [40, 40, 40], indices: [0, 0, 0, 0])),
      ("b/9.bmp", bmp(width: 1, height: 1, bits: 24, rows: [[40, 40, 40]])),
      ("b/10.webp", webP(width: 1, height: 1, rgba: [40, 40, 40, 255], isLossless: true)),
    ]
    for (name, bytes) in files { try folder.write(bytes, as: name) }
    let data = try Dataset.load(folder.path, imageSize: 1)
    let all = [data.training, data.test]
    #expect(all.map(\.count).reduce(0, +) == 10)
    for part in all { #expect(part.pixels.allSatisfy { (38...42).contains($0) }) }
    #expect(all.map { $0.imagesPerClass(2) } == [[5, 3], [1, 1]])
    #expect(data.notes == [])
    let counts = Dictionary(uniqueKeysWithValues: data.contents.map { ($0.what, $0.count) })
    #expect(
      counts == [
        "JPEG pictures": 4, "PNG pictures": 3, "GIF pictures": 1, "BMP pictures": 1, "WebP pictures": 1,
      ])
    #expect(data.contents.allSatisfy { $0.isUsed })
  }

  @Test("that are not read are counted by what they are, with examples")
  func leftOut() throws {
    let folder = try TemporaryFolder()
    for level: UInt8 in 0..<4 { try folder.write(tile(level), as: "\(level < 2 ? "a" : "b")/\(level).png") }
    let heic = [0, 0, 0, 24] + Array("ftypheic".utf8) + [0, 0, 0, 0] + Array("mif1heic".utf8)
    for number in 0..<5 { try folder.write(heic, as: "a/\(number).jpg") }
    try folder.write([0x49, 0x49, 42, 0, 8, 0, 0, 0], as: "b/scan.tif")
    try folder.write(Array("cat,dog,cow\n1,2,3\n".utf8), as: "labels.csv")
    try folder.write(Array("notes".utf8), as: "a/notes.txt")
    try folder.write([], as: "b/empty.dat")
    try folder.write(tile(9), as: "outside.png")
    try folder.write(tile(9), as: "a/._0.png")
    try folder.write(tile(9), as: ".git/x.png")
    try folder.write(tile(9), as: "a/@eaDir/0.png/SYNOPHOTO_THUMB_M.png")
    try folder.write(tile(9), as: "__MACOSX/a/0.png")
    try folder.write(Array("x".utf8), as: "docs/manual.txt")
    try folder.makeFolder(folder.path(of: "nothing"))
    let data = try Dataset.load(folder.path, imageSize: 1)
    #expect(data.classNames == ["a", "b"])
    #expect(data.training.count + data.test.count == 4)
    let left = data.contents.filter { !$0.isUsed }.map(\.description)
    #expect(
      Set(left) == [
        "HEIC pictures, which are not read (make them JPEG or PNG): 5 (a/0.jpg, a/1.jpg, a/2.jpg, …)",
        "TIFF pictures, which are not read (make them JPEG or PNG): 1 (b/scan.tif)",
        "files beside the folders of classes: 2 (labels.csv, outside.png)",
        "text files: 2 (a/notes.txt, docs/manual.txt)",
        "empty files: 1 (b/empty.dat)", "hidden files: 1 (a/._0.png)", "hidden folders: 1 (.git)",
        "folders of the system: 2 (__MACOSX, a/@eaDir)",
        "folders without a picture, which are no classes: 2 (docs, nothing)",
      ])
    #expect(data.notes == left.map { "left out, \($0)" })
  }

  @Test("may have names that are no text, which are shown with their bytes")
  func bytes() throws {
    let folder = try TemporaryFolder()
    try folder.write(tiles: [("b/1.png", 1), ("b/2.png", 2)])
    let latin: [UInt8] = Array(folder.path.utf8) + Array("/caf".utf8) + [0xE9]
    func withPath(_ bytes: [UInt8], _ body: (UnsafePointer<CChar>) -> CInt) -> CInt {
      body((bytes + [0]).map { CChar(bitPattern: $0) })
    }
    #expect(withPath(latin) { mkdir($0, 0o700) } == 0)
    for (name, level) in [([0x31, 0xFF], UInt8(3)), (Array("2".utf8), 4)] {
      let file = withPath(latin + [0x2F] + name) { open($0, O_CREAT | O_WRONLY, 0o600) }
      let bytes = tile(level)
      #expect(Glibc.write(file, bytes, bytes.count) == bytes.count)
      close(file)
    }
    let data = try Dataset.load(folder.path, imageSize: 1)
    #expect(data.classNames == ["b", "caf\\xE9"])
    #expect(data.training.levels.merging(data.test.levels) { $1 } == [1: 0, 2: 0, 3: 1, 4: 1])
    let broken = withPath(latin + Array("/3.png".utf8)) { open($0, O_CREAT | O_WRONLY, 0o600) }
    close(broken)
    #expect(try Dataset.load(folder.path).notes.contains { $0.contains("caf\\xE9/3.png") })
    #expect("\(FilePath("a/é"))" == "a/é")
  }

  @Test("are named each where they are bad, up to some")
  func manyBad() throws {
    let folder = try TemporaryFolder()
    for number in 0..<30 { try folder.write(tile(1).prefix(40), as: "a/\(number).png") }
    for number in 0..<30 { try folder.write(tile(1), as: "b/\(number).png") }
    let data = try Dataset.load(folder.path, allowingBadFiles: .share(0.5))
    #expect(data.notes.count { $0.hasPrefix("skipped /") } == 20)
    #expect(data.notes.contains("skipped 10 more that cannot be read"))
  }
}
