import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Classes of a data set that are not those of the run, or in another order")
struct ClassNamesTests {
  private struct Measured: Decodable {
    struct Class: Decodable {
      let name: String
      let images: Int
      let accuracy: Double?
    }

    struct Answer: Decodable {
      let label: String
      let predicted: String
      let images: Int
    }

    let accuracy: Double
    let images: Int
    let classes: [Class]
    let confusion: [Answer]
  }

  private static let options = "--backend cpu --image-size 6 --hidden 16 --batch-size 8"

  /// A run that separates blue, green and red pictures, and folders with other classes.
  private static let made = Result {
    let folder = try TemporaryFolder()
    let sets: [(String, KeyValuePairs<String, String?>)] = [
      ("all", ["blue": nil, "green": nil, "red": nil]),
      ("some", ["green": nil, "red": nil]),
      ("unknown", ["blue": nil, "red": nil, "yellow": nil, "pink": "red"]),
      // The same names for other colours: matching by name order, or not matching at all, is wrong
      // everywhere.
      ("turned", ["blue": "green", "green": "red", "red": "blue"]),
      ("tests/test", ["red": nil, "green": nil]),
      ("others", ["circle": "red", "oval": "green", "square": "blue"]),
    ]
    for (place, classes) in sets { try writePictures(to: folder, in: place, classes: classes) }
    try folder.succeed("train --data all \(options) --epochs 12 --learning-rate 0.02 --out run")
    return try folder.contents()
  }

  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (name, bytes) in try Self.made.get() {
      if let bytes { try folder.write(bytes, as: name) }
    }
    return folder
  }

  private func measure(_ options: String, in folder: TemporaryFolder) throws -> Measured {
    let line = "evaluate --backend cpu --checkpoint run/best.safetensors --json \(options)"
    let last = try #require(folder.succeed(line).lines.last)
    return try JSONDecoder().decode(Measured.self, from: Data(last.utf8))
  }

  @Test(
    "are measured by their names, all pictures of a folder",
    arguments: [("all", 72, 1.0), ("some", 48, 1.0), ("tests", 48, 1.0), ("turned", 72, 0.0)])
  func evaluate(data: String, images: Int, accuracy: Double) throws {
    let folder = try folder()
    let measured = try measure("--data \(data)", in: folder)
    #expect(measured.accuracy == accuracy && measured.images == images)
    #expect(measured.classes.map(\.name) == ["blue", "green", "red"])
    for row in measured.classes {
      let isThere = images == 72 || row.name != "blue"
      #expect(row.images == (isThere ? 24 : 0) && row.accuracy == (isThere ? accuracy : nil))
    }
    #expect(measured.confusion.reduce(0) { $0 + $1.images } == images)
    #expect(measured.confusion.allSatisfy { ($0.label == $0.predicted) == (accuracy == 1) })
  }

  @Test("and those that the run has not are named and refused, by evaluation and when it goes on")
  func unknown() throws {
    let folder = try folder()
    let words = ["unknown:", "does not know the classes pink, yellow:", "blue, green, red"]
    for line in [
      "evaluate --backend cpu --checkpoint run/best.safetensors --data unknown",
      "train --backend cpu --resume run --epochs 13 --data unknown",
    ] {
      try folder.expectRefusal(line, code: 65, words: words)
    }
  }

  @Test("are shown as a matrix, or where that is too wide as the worst classes and mistakes")
  func text() throws {
    let folder = try folder()
    let line = "evaluate --checkpoint run/best.safetensors --data turned --backend cpu"
    let lines = try folder.succeed(line).lines
    #expect(lines.contains { $0.wholeMatch(of: /class +images +accuracy +0 +1 +2/) != nil })
    #expect(lines.contains { $0.wholeMatch(of: /0 blue +24 +0\.0000 +0 +24 +0/) != nil })
    #expect(lines.last?.hasPrefix("Test accuracy 0.0000, loss ") == true)
    let narrow = try folder.inTerminal(of: 24, line)
    #expect(narrow.contains { $0.hasPrefix("The mistakes:") })
    #expect(narrow.contains { $0.wholeMatch(of: /blue +green +24/) != nil })
    // A correct prediction is not a confusion.
    let right = try folder.succeed(line.replacing("turned", with: "all")).output
    #expect(right.contains("Test accuracy 1.0000") && !right.contains("mistakes"))
  }

  @Test("are matched when a run begins with another one's parameters, so that nothing is learned anew")
  func from() throws {
    let folder = try folder()
    // The learning rate is too small to change what was loaded.
    let begin = "train \(Self.options) --epochs 1 --learning-rate 1e-9 --from run/best.safetensors --data"
    let same = try folder.lemnos("\(begin) all --out same")
    #expect(same.code == 0 && same.errors.isEmpty)
    #expect(same.output.contains("Test accuracy 1.0000"))
    // Fewer classes, or as many other ones: the output layer is initialized anew, and the run says so.
    for (data, words) in [
      ("some", "has no fitting 2.weight, 2.bias: new"),
      ("others", "has 2.weight, 2.bias for other classes: new"),
    ] {
      let result = try folder.lemnos("\(begin) \(data) --out \(data)-run")
      #expect(result.code == 0 && result.errors == "lemnos: run/best.safetensors \(words)\n")
    }
    #expect(
      try folder.checkpoint("others-run/last.safetensors").tensors["0.weight"]?.shape
        == folder.checkpoint("run/last.safetensors").tensors["0.weight"]?.shape)
  }

  @Test("keep the order of the checkpoint when a run begins with one of another order")
  func order() throws {
    let folder = try folder()
    // The same network with the rows of its last layer and its class names permuted.
    var turned = try folder.checkpoint("run/best.safetensors")
    let order = [2, 0, 1]
    turned.metadata["lemnos.classes"] = "[\"red\",\"blue\",\"green\"]"
    let bias = try #require(turned.tensors["2.bias"]).elements(as: Float.self)
    turned.tensors["2.bias"] = .init(order.map { bias[$0] }, shape: [3])
    let weight = try #require(turned.tensors["2.weight"]).elements(as: Float.self)
    turned.tensors["2.weight"] = .init(
      (0..<16).flatMap { row in order.map { weight[3 * row + $0] } }, shape: [16, 3])
    try turned.write(to: folder.path(of: "turned.safetensors"))
    let result = try folder.lemnos(
      "train \(Self.options) --epochs 1 --learning-rate 1e-9 --from turned.safetensors --data all --out b")
    #expect(result.code == 0 && result.errors.isEmpty)
    #expect(result.output.contains("Test accuracy 1.0000"))
    #expect(
      try folder.checkpoint("b/best.safetensors").metadata["lemnos.classes"]
        == turned.metadata["lemnos.classes"])
    #expect(
      try folder.succeed("evaluate --backend cpu --checkpoint turned.safetensors --data some").output
        .contains("Test accuracy 1.0000"))
  }

  @Test("have to be the same pictures when a run goes on, unless it is told that they may change")
  func changed() throws {
    let folder = try folder()
    // The same pictures at another path are the same data.
    for (name, bytes) in try folder.contents() where name.hasPrefix("all/") {
      if let bytes { try folder.write(bytes, as: "moved/" + name) }
    }
    try folder.succeed("train --backend cpu --resume run --epochs 13 --data moved/all")
    // A changed picture.
    let name = "moved/all/red/2.png"
    try folder.write(folder.read("moved/all/blue/2.png"), as: name)
    let line = "train --backend cpu --resume run --epochs 14 --data moved/all"
    try folder.expectRefusal(
      line, code: 65, words: ["was trained on other images", "57 images (", "--from", "--allow-changed-data"])
    let result = try folder.lemnos("\(line) --allow-changed-data")
    #expect(result.code == 0)
    #expect(result.errors.contains("lemnos: run/last.safetensors was trained on other images: 57 images ("))
    // From now on these are the images of the run.
    try folder.succeed("train --backend cpu --resume run --epochs 15")
    try folder.expectRefusal(
      "train --backend cpu --allow-changed-data", code: 64, words: ["--allow-changed-data is for --resume"])
  }
}
