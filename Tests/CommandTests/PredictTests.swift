import Checkpoints
import Foundation
import Pictures
import Tensors
import TestSupport
import Testing

@Suite("lemnos predict")
struct PredictTests {
  private struct Answer: Decodable {
    struct Class: Decodable {
      let name: String
      let number: Int
      let probability: Double
    }
    let image: String
    let classes: [Class]
  }

  private static func answers(_ result: Command.Result) throws -> [Answer] {
    try result.lines.map { try JSONDecoder().decode(Answer.self, from: Data($0.utf8)) }
  }

  private static let training =
    "train --backend cpu --data pictures --image-size 8 --hidden 8 --batch-size 4 --learning-rate 0.01"

  @Test("tells apart what was learned from a folder of pictures, whose data it does not need")
  func learned() throws {
    let folder = try TemporaryFolder()
    try writePictures(to: folder)
    try folder.succeed("\(Self.training) --epochs 4 --out run")
    let show = try folder.succeed("data show pictures --image-size 8").output
    #expect(show.contains("42 training and 6 test images of 3×8×8"))
    for name in ["red", "blue"] {
      try FileManager.default.moveItem(
        atPath: folder.path(of: "pictures/\(name)/3.jpg"), toPath: folder.path(of: "\(name).jpg"))
    }
    try FileManager.default.removeItem(atPath: folder.path(of: "pictures"))
    for checkpoint in ["best", "last"] {
      let result = try folder.succeed("predict run/\(checkpoint).safetensors red.jpg blue.jpg --json")
      let answers = try Self.answers(result)
      #expect(answers.map(\.image) == ["red.jpg", "blue.jpg"])
      #expect(answers.map { $0.classes.first?.name } == ["red", "blue"])
      for answer in answers {
        #expect(abs(answer.classes.reduce(0) { $0 + $1.probability } - 1) < 1e-5)
        #expect(answer.classes.map(\.probability) == answer.classes.map(\.probability).sorted(by: >))
        #expect(Set(answer.classes.map(\.number)) == [0, 1])
      }
    }
  }

  @Test("gives the classes that evaluation counts, on the same pictures")
  func agreement() throws {
    let folder = try TemporaryFolder()
    try writePictures(to: folder, in: "pictures/train")
    try writePictures(to: folder, in: "pictures/test")
    // Undertrained on purpose, so that some predictions are wrong.
    try folder.succeed(
      "train --backend cpu --data pictures --image-size 8 --hidden 3 --learning-rate 1e-5 --epochs 1 --batch-size 40 --out run"
    )
    let evaluated = try folder.succeed("evaluate --checkpoint run/best.safetensors --json --backend cpu")
      .lines
    let accuracy = try #require(
      evaluated.last?.firstMatch(of: /"accuracy":([0-9.e-]+)/).flatMap { Double($0.output.1) })
    let answers = try Self.answers(
      folder.succeed("predict run/best.safetensors pictures/test --json --top 1"))
    #expect(answers.count == 48)
    #expect(answers.allSatisfy { $0.classes.count == 1 })
    #expect(
      answers.map(\.image) == answers.map(\.image).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    let right = answers.filter { $0.image.contains("/\($0.classes[0].name)/") }.count
    #expect((1..<48).contains(right))
    #expect(abs(Double(right) / 48 - accuracy) < 1e-6)
  }

  @Test("prints a table, the same for one picture as for many, and the same from standard input")
  func table() throws {
    let folder = try TemporaryFolder()
    try writePictures(to: folder)
    try folder.succeed("\(Self.training) --epochs 2 --out run")
    let one = try folder.succeed("predict run/best.safetensors pictures/red/0.png").lines
    #expect(one.count == 3)
    #expect(one[0] == "pictures/red/0.png")
    #expect(one[1].wholeMatch(of: #/  [ 0-9]{3}\.\d\d %  red/#) != nil, "\(one[1])")
    let all = try folder.succeed("predict run/best.safetensors pictures --top 1").lines
    #expect(all.count == 2 * 48)
    #expect(all.firstIndex(of: one[0]).map { all[$0 + 1] } == one[1])
    let program = Process()
    program.executableURL = URL(fileURLWithPath: Command.program)
    program.arguments = ["predict", "run/best.safetensors", "-"]
    program.currentDirectoryURL = folder.url
    program.standardInput = try FileHandle(
      forReadingFrom: URL(fileURLWithPath: folder.path(of: "pictures/red/0.png")))
    let output = Pipe()
    program.standardOutput = output
    try program.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    program.waitUntilExit()
    #expect(program.terminationStatus == 0)
    #expect(text.split(separator: "\n").map(String.init) == ["standard input"] + one[1...])
  }

  @Test("says of a folder what is on each of its pictures, in a line each, and what else is there")
  func folder() throws {
    let folder = try TemporaryFolder()
    try writePictures(to: folder)
    try folder.succeed("\(Self.training) --epochs 4 --out run")
    for (name, picture) in [("1.jpg", "red/1.jpg"), ("2", "blue/2.png"), ("deep/3.gif", "red/3.jpg")] {
      try folder.write(folder.read("pictures/\(picture)"), as: "test/\(name)")
    }
    try folder.write(Array("no picture".utf8), as: "test/notes.txt")
    let result = try folder.lemnos("predict run/best.safetensors test")
    #expect(result.code == 0)
    #expect(result.lines.count == 3)
    for (line, wanted) in zip(result.lines, ["test/1.jpg  red", "test/2  blue", "test/deep/3.gif  red"]) {
      #expect(line.hasPrefix(wanted + "  ") && line.hasSuffix(" %"), "\(line)")
    }
    #expect(result.errors == "lemnos: test: left out, text files: 1 (notes.txt)\n")
  }

  @Test("answers for the others when pictures cannot be read, and says so in the exit code")
  func badPictures() throws {
    let folder = try TemporaryFolder()
    try writePictures(to: folder)
    try folder.succeed("\(Self.training) --epochs 1 --out run")
    try folder.write(folder.read("pictures/red/1.jpg").dropLast(200), as: "cut.jpg")
    try folder.makeFolder(folder.path(of: "empty"))
    let result = try folder.lemnos(
      "predict run/best.safetensors cut.jpg pictures/red/0.png missing.png empty pictures/blue/1.jpg --top 1")
    #expect(result.code == 1)
    #expect(result.lines.filter { !$0.hasPrefix(" ") } == ["pictures/red/0.png", "pictures/blue/1.jpg"])
    let errors = result.errors.split(separator: "\n")
    #expect(errors.count == 3)
    for name in ["cut.jpg", "missing.png", "empty"] {
      #expect(errors.contains { $0.hasPrefix("lemnos: \(name): ") }, "\(errors)")
    }
  }

  @Test("skips a few bad pictures in training, naming them")
  func badTraining() throws {
    let folder = try TemporaryFolder()
    try writePictures(to: folder)
    try folder.write([1, 2, 3], as: "pictures/red/broken.jpg")
    let result = try folder.lemnos("\(Self.training) --epochs 1 --out run")
    #expect(result.code == 0)
    #expect(
      result.errors == "lemnos: skipped pictures/red/broken.jpg: is no PNG, JPEG, GIF, BMP or WebP file\n")
    for number in 0..<10 { try folder.write([1], as: "pictures/red/broken\(number).jpg") }
    try folder.expectRefusal(
      "\(Self.training) --epochs 1 --out other", code: 65, words: ["11 of 59 pictures", "the 10 that may"])
  }

  @Test("skips as many bad pictures as are allowed, in all commands that read them")
  func allowedBadPictures() throws {
    let folder = try TemporaryFolder()
    try writePictures(to: folder)
    for number in 0..<12 { try folder.write([1], as: "pictures/red/broken\(number).jpg") }
    for command in ["data show pictures --image-size 8", "\(Self.training) --epochs 1 --out run"] {
      try folder.expectRefusal(command, code: 65, words: ["12 of 60 pictures", "the 10 that may"])
      try folder.expectRefusal(
        "\(command) --allow-bad-files 19%", code: 65, words: ["12 of 60 pictures", "the 11 that may"])
      try folder.expectRefusal("\(command) --allow-bad-files lots", code: 64, words: ["lots", "5%"])
      let result = try folder.lemnos("\(command) --allow-bad-files 20%")
      #expect(result.code == 0 && result.errors.split(separator: "\n").count == 12)
    }
    // The count is recorded in the run.
    #expect(
      try String(decoding: folder.read("run/config.yaml"), as: UTF8.self).contains("allowBadFiles: \"20%\""))
    #expect(try folder.lemnos("evaluate --checkpoint run/best.safetensors --backend cpu").code == 0)
  }

  @Test("takes a folder for validation as that, and says what files there are")
  func parts() throws {
    let folder = try TemporaryFolder()
    for part in ["Train", "val", "test"] { try writePictures(to: folder, in: "pictures/\(part)") }
    try folder.write(Array("a,b,c\n1,2,3\n".utf8), as: "pictures/labels.csv")
    let left = "files beside the folders of classes: 1 (labels.csv)"
    let show = try folder.lemnos("data show pictures --image-size 8")
    #expect(show.output.contains("48 training, 48 validation and 48 test images of 3×8×8"))
    #expect(show.output.contains("  PNG pictures: 72\n") && show.output.contains("  JPEG pictures: 72\n"))
    #expect(show.output.contains("  \(left), left out\n"))
    #expect(show.errors == "lemnos: left out, \(left)\n")
    let options = "--backend cpu --data pictures --image-size 8 --hidden 8 --batch-size 4"
    #expect(try folder.succeed("plan \(options) --json").output.contains("\"trainingImages\":48"))
    #expect(try folder.lemnos("\(Self.training) --epochs 1 --out run").code == 0)
    let lines = try folder.lemnos("evaluate --checkpoint run/best.safetensors --backend cpu").lines
    #expect(lines.contains { $0.hasPrefix("Validation accuracy") && $0.contains("48 images") })
  }

  @Test("warns of a single class")
  func singleClass() throws {
    let folder = try TemporaryFolder()
    try writePictures(to: folder)
    try FileManager.default.removeItem(atPath: folder.path(of: "pictures/blue"))
    let result = try folder.lemnos("\(Self.training) --epochs 1 --out run")
    #expect(result.code == 0 && result.errors.contains("there is a single class, red"))
  }

  @Test("goes on with a run on pictures, of the size that it began with")
  func resume() throws {
    let folder = try TemporaryFolder()
    try writePictures(to: folder)
    try folder.succeed("\(Self.training) --epochs 2 --out whole")
    try folder.succeed("\(Self.training) --epochs 1 --out halves")
    try folder.succeed("train --backend cpu --resume halves/last.safetensors --epochs 2")
    for name in ["0.weight", "pixels.mean", "history.losses"] {
      #expect(
        try folder.checkpoint("halves/last.safetensors").tensors[name]
          == folder.checkpoint("whole/last.safetensors").tensors[name], "\(name)")
    }
  }

  @Test("makes colours grey for a network of grey images, whose classes have their names")
  func bundled() throws {
    let folder = try TemporaryFolder()
    try folder.succeed("train --backend cpu --train-samples 100 --hidden 8 --epochs 1 --out run")
    try folder.write(
      Picture(width: 60, height: 40, channels: 3, pixels: [UInt8](repeating: 9, count: 7200)).png,
      as: "photo.png")
    let answer = try #require(
      try Self.answers(folder.succeed("predict run/best.safetensors photo.png --json --top 20")).first)
    #expect(answer.classes.count == 10)
    #expect(answer.classes.contains { $0.name == "Ankle boot" && $0.number == 9 })
  }

  @Test(
    "gives numbers for classes where a checkpoint has no names, and refuses one that does not say its images")
  func unnamed() throws {
    let folder = try TemporaryFolder()
    try writePictures(to: folder)
    try folder.succeed("\(Self.training) --epochs 2 --out run")
    var checkpoint = try folder.checkpoint("run/best.safetensors")
    #expect(checkpoint.metadata.removeValue(forKey: "lemnos.classes") == "[\"blue\",\"red\"]")
    try checkpoint.write(to: folder.path(of: "unnamed.safetensors"))
    let answers = try Self.answers(folder.succeed("predict unnamed.safetensors pictures/red/0.png --json"))
    #expect(answers.first?.classes.map(\.name) == ["1", "0"])
    var other = checkpoint
    #expect(other.metadata.removeValue(forKey: "lemnos.image") == "3x8x8")
    try other.write(to: folder.path(of: "unsized.safetensors"))
    try folder.expectRefusal(
      "predict unsized.safetensors pictures/red/0.png", code: 65, words: ["unsized", "what its images are"])
    try folder.expectRefusal(
      "export unsized.safetensors --to onnx", code: 65, words: ["unsized", "give --input CxHxW"])
    for size in ["0x8x8", "3x8", "3x9999999999x8", "3x8x9"] {
      other.metadata["lemnos.image"] = size
      try other.write(to: folder.path(of: "broken.safetensors"))
      try folder.expectRefusal("predict broken.safetensors pictures/red/0.png", code: 65, words: ["broken"])
    }
  }

  @Test("refuses what is no checkpoint, no picture or no option, in one sentence")
  func refusals() throws {
    let folder = try TemporaryFolder()
    try writePictures(to: folder)
    let picture = "pictures/red/0.png"
    try folder.expectRefusal("predict \(picture) \(picture)", code: 65, words: ["no safetensors file"])
    try folder.expectRefusal("predict none.safetensors \(picture)", code: 66, words: ["none.safetensors"])
    try folder.expectRefusal("predict \(picture)", code: 64, words: ["image"])
    try folder.expectRefusal("predict \(picture) \(picture) --top 0", code: 64, words: ["--top is 0"])
    try folder.expectRefusal("predict \(picture) - -", code: 64, words: ["standard input"])
    try folder.expectRefusal(
      "train --image-size 8 --epochs 1", code: 64, words: ["--image-size is for a folder of pictures"])
    try folder.expectRefusal("train --data pictures --image-size 0", code: 64, words: ["image size is 0"])
    try folder.expectRefusal("data show --image-size 8", code: 64, words: ["--image-size"])
  }

  @Test("shows names of classes as they are, but for what would command a terminal")
  func commands() throws {
    let folder = try TemporaryFolder()
    try writePictures(to: folder)
    try FileManager.default.moveItem(
      atPath: folder.path(of: "pictures/blue"), toPath: folder.path(of: "pictures/bl\u{1B}[2Jüe\u{9B}31m"))
    try folder.succeed("\(Self.training) --epochs 1 --out run")
    let picture = try folder.names(in: "pictures/red")[0]
    let output = try folder.succeed("predict run/best.safetensors pictures/red/\(picture)").output
    #expect(output.contains("bl\u{FFFD}[2Jüe\u{FFFD}31m") && output.contains("red"))
    #expect(!output.unicodeScalars.contains { "\u{1B}\u{9B}".unicodeScalars.contains($0) })
  }
}
