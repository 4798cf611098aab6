import FileWriting
import Foundation
import Lemnos
import Tensors
import TestSupport
import Testing

@Suite("The documentation")
struct DocumentTests {
  /// The documents with Swift code, and the files of this folder in which it is compiled.
  private static let examples = [
    "README.md": ["ReadmeExamples"],
    "Documentation/From-CS231n.md": ["FromCS231nLayers", "FromCS231nTraining"],
    "Documentation/From-nanoGPT.md": ["FromNanoGPTExamples"],
    "Documentation/Writing-a-layer.md": ["WritingALayerExamples", "ReadmeExamples"],
    "Documentation/Adding-an-operation.md": [],
    "Documentation/Precision.md": ["PrecisionExamples"],
    "Documentation/PyTorch-and-ONNX.md": ["ExchangeExamples"],
    "Documentation/Your-own-data.md": ["YourOwnDataExamples"],
    "Documentation/Your-own-loop.md": ["YourOwnLoopExamples"],
    "Documentation/A-model-in-your-app.md": ["AppExamples"],
    "Documentation/Adapters.md": ["AdaptersExamples"],
  ]

  private static let documents =
    ["CONTRIBUTING.md", "Documentation/Architecture.md"]
    + examples.keys.sorted()

  @Test("shows only Swift that is compiled here, or that stands in the file it names", arguments: examples)
  func shown(document: String, examples: [String]) throws {
    let blocks = try Document(document).blocks.filter { ["swift", "c", "glsl"].contains($0.language) }
    #expect(blocks.count >= 3)
    let compiled = try examples.map { try Document.lines("Tests/DocumentationTests/\($0).swift") }
    for block in blocks {
      if let file = block.quoted {
        #expect(try Document.lines(file).containsInOrder(block.lines), "in \(file):\n\(block)")
      } else {
        for paragraph in block.paragraphs {
          #expect(compiled.contains { $0.containsInOrder(paragraph) }, "\(paragraph)")
        }
      }
    }
  }

  @Test("names only files that there are", arguments: documents)
  func places(document: String) throws {
    let missing = try Document(document).places.filter {
      !FileManager.default.fileExists(atPath: Document.root.appending(path: $0).path)
    }
    #expect(missing == [])
  }

  @Test("links only to documents that there are", arguments: documents)
  func links(document: String) throws {
    let folder = Document.root.appending(path: document).deletingLastPathComponent()
    let links = try Document(document).text.matches(of: /\]\(([^):]+)\)/).map { String($0.output.1) }
    let missing = links.filter { !FileManager.default.fileExists(atPath: folder.appending(path: $0).path) }
    #expect(missing == [])
  }

  @Test("names only tests that there are")
  func tests() throws {
    let sources = [
      "BackendTests/CoverageTests", "BackendTests/CPUOpTableTests", "BackendTests/VulkanOpTableTests",
      "ShaderChecksTests/StatisticsTests",
    ]
    let known = try sources.flatMap { try Document.lines("Tests/\($0).swift") }.joined(separator: "\n")
    let named = try Document("Documentation/Adding-an-operation.md").text
      .replacing(/(?s)```.*?```/, with: "").replacing("\n", with: " ").matches(of: /\*([a-z][^*]+)\*/).map {
        Document.normal($0.output.1)
      }
    #expect(named.count > 5)
    #expect(named.filter { !known.contains("\"\($0)\"") } == [])
  }

  @Test("trains a small language model as it says, which goes on with a text")
  func languageModel() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(String(repeating: "the cat and the dog\n", count: 300).utf8, as: "book.txt")
    let (perplexity, text) = try trainATextOfTheGuide(path: path)
    #expect(perplexity < 1.5 && text.count == 44 && text.hasPrefix("the "), "\(perplexity) \(text)")
  }

  @Test("goes along a sequence as it says")
  func scans() throws {
    let (all, last) = try averageOfTheGuide()
    #expect(all == [0.5, 1.25, 2.625, 5.3125, 10.65625] && last == 10.65625)
  }

  @Test("adapts networks as it says")
  func adapters() throws {
    // A slope of 2 is an error of 3 x for a slope of -1.
    let errors = try adaptInTheGuide()
    #expect(errors.before > 0.5 && errors.after < 0.1 * errors.before, "\(errors)")
    #expect(abs(errors.merged - errors.after) < 1e-5)
    let states = adaptInALoopOfTheGuide()
    #expect(states.filter(\.isParameter).map(\.shape) == [[8, 2], [2, 24], [8, 2], [2, 8]])
    let adapted = StateStore(lora: LoRA(rank: 1, alpha: 1))
    _ = Projection(units: 3).forward(.full([2, 4], 1), in: Pass(.training, states: adapted))
    #expect(adapted.adapters.map(\.shape) == [[4, 1], [1, 3]])
  }

  @Test("reads texts as it says")
  func texts() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(String(repeating: "one two three\n", count: 200).utf8, as: "book.txt")
    let (windows, validation) = try readATextOfTheGuide(path: path)
    // A word is a token, and so is a line end.
    #expect((windows, validation) == ((800 - 80 - 17) / 16 + 1, 80))
  }

  @Test("reads arrays, tables and functions as it says")
  func data() throws {
    let folder = try TemporaryFolder()
    let numbers = (0..<80).map { row in (0..<3).map { Float((row * (7 + $0)) % 13) / 13 } }
    let x = TensorValues(numbers.flatMap(\.self), shape: [80, 3])
    let y = TensorValues(numbers.map { $0[0] - 2 * $0[1] + 1 }, shape: [80, 1])
    let files = [
      try folder.write(
        zip([
          ZipFile("x.npy", npy(type: "<f4", shape: [80, 3], x.bytes)),
          ZipFile("y.npy", npy(type: "<f4", shape: [80, 1], y.bytes), isDeflated: true),
        ]), as: "houses.npz"),
      try folder.write(npy(shape: [2, 1, 2], [1, 2, 3, 4]), as: "images.npy"),
      try folder.write([0, 0, 8, 1, 0, 0, 0, 2, 7, 9], as: "labels.idx1"),
      try folder.write(Array("rooms,town,price\n3,A,10\n4,B,12\n2,A,8\n5,B,15\n".utf8), as: "houses.csv"),
    ]
    let (fields, rmse) = try trainOnArraysOfTheGuide(archive: files[0], inputs: files[1], labels: files[2])
    #expect(fields.map(\.name) == ["x", "y", "images", "labels"] && fields[2].shape == [1, 2])
    #expect(rmse < 0.05)  // from 0.9
    #expect(try readATableOfTheGuide(file: files[3]).map(\.name) == ["numbers", "categories", "target"])
    #expect(try trainOnAFunctionOfTheGuide() < 0.01)
  }

  @Test("trains, checks and pulls back as it says")
  func run() throws {
    let (history, accuracy) = try trainFromTheReadme()
    #expect(history.epochs.count == 3)
    #expect(accuracy > 0.7)  // guessing gives 0.1
    #expect(try trainInTheGuideToPrecision() != nil)
    let folder = try TemporaryFolder()
    let exchanged = try exchangeInTheGuide(folder: folder.path)
    #expect(exchanged.before == exchanged.after && exchanged.before > 0.5)
    let other = try TemporaryFolder()
    let weights = try transformersInTheGuide(folder: other.path)
    #expect(weights.before == weights.after && !weights.before.tensors.isEmpty)
    let line = try trainALineOfTheGuide()
    #expect(line.loss < 1e-3 && abs(line.slope - 2) < 0.05)
    let model = try trainAModelOfTheGuide(file: folder.path + "/model.safetensors")
    #expect(model.losses == model.again && (model.losses.max() ?? 1) < 0.5)
    #expect(zip(model.answers, [-3, -2, -1, 0, 1]).allSatisfy { abs($0 - $1) < 0.6 })
    let two = try trainTwoNetworksOfTheGuide()
    #expect(two.count == 2 && two.values.allSatisfy { $0.isFinite && $0 > 0 })
    let answers = try useAModelOfTheGuide(file: folder.path + "/line.safetensors")
    #expect(zip(answers, [-1, 0, 1, -0.5]).allSatisfy { abs($0 - $1) < 0.05 } && answers.count == 4)
    let image = try classifyAnImageOfTheGuide(file: folder.path + "/net.safetensors")
    #expect(try Dataset.bundled().classNames.contains(image.name) && abs(image.sum - 1) < 1e-5)
    let trained = try trainObjectivesOfTheGuide()
    #expect(trained.rmse < 0.01 && trained.mae < 0.2)
    try checkFromTheReadme()
    let (out, gradients) = try pullbackFromTheReadme()
    #expect(out.doubles == [3, 3, 3, 3, 7.5, 7.5, 7.5, 7.5])
    #expect(gradients[0].doubles == [6, 6, 6, 15, 15, 15])
    #expect(gradients[1].doubles == [33, 33, 33, 33, 43.5, 43.5, 43.5, 43.5, 54, 54, 54, 54])
    #expect(try checkGradients(of: ResidualBlock(), input: [3, 4]).failures().isEmpty)
  }

  @Test("names only options that there are", arguments: documents)
  func options(document: String) throws {
    // The manual has every option of every command: HelpTests.
    let known = try Document.lines("Documentation/lemnos.1").filter { $0.hasPrefix(".It Fl") }
      .flatMap { $0.matches(of: /-[a-z-]+/) }.map { "-" + $0.output }
    let commands = try Document(document).blocks.filter { $0.language == "sh" }.flatMap(\.lines)
      .filter { $0.hasPrefix("lemnos") }
    let used = commands.flatMap { $0.split(separator: "#")[0].matches(of: /--[a-z-]+/) }.map {
      String($0.output)
    }
    if document == "README.md" { #expect(used.count > 10) }
    #expect(Set(used).subtracting(known) == [])
  }
}
