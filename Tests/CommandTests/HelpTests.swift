import Foundation
import TestSupport
import Testing

@Suite("The help")
struct HelpTests {
  /// The program's help as JSON, for manual generators.
  private struct Dump: Decodable {
    let command: Command
  }

  private struct Command: Decodable {
    struct Argument: Decodable {
      struct Name: Decodable {
        let kind: String
        let name: String
      }
      let names: [Name]?
    }
    let commandName: String
    let superCommands: [String]?
    let discussion: String?
    let arguments: [Argument]?
    let subcommands: [Command]?

    var path: String { ((superCommands ?? []) + [commandName]).joined(separator: " ") }

    /// This command and its subcommands.
    var all: [Command] { [self] + (subcommands ?? []).filter { $0.commandName != "help" }.flatMap(\.all) }

    /// The example command lines in the help.
    var examples: [String] {
      (discussion ?? "").split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        .filter { $0.hasPrefix(path) }
    }

    var options: Set<String> {
      Set(
        (arguments ?? []).flatMap { $0.names ?? [] }.map {
          $0.kind == "long" ? "--\($0.name)" : "-\($0.name)"
        })
    }
  }

  private static func commands() throws -> [Command] {
    let text = try TemporaryFolder().lemnos("--experimental-dump-help").output
    return try JSONDecoder().decode(Dump.self, from: Data(text.utf8)).command.all
  }

  @Test("shows an example of every command, with options that it has")
  func examples() throws {
    let commands = try Self.commands()
    #expect(commands.count > 20)
    for command in commands {
      #expect(!command.examples.isEmpty, "\(command.path)")
      for example in command.examples {
        // The example may be of a subcommand.
        let owner = commands.filter { (example + " ").hasPrefix($0.path + " ") }.max {
          $0.path.count < $1.path.count
        }
        // What is launched is a command with options of its own.
        let launched = commands.first {
          example.contains("launch") && example.contains(" \($0.commandName) ")
        }
        let options = (owner?.options ?? []).union(launched?.options ?? [])
        for word in example.split(separator: " ") where word.hasPrefix("--") {
          #expect(options.contains(String(word)), "\(example)")
        }
      }
    }
  }

  @Test("is in the manual page, every command and option")
  func manual() throws {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Documentation/lemnos.1")
    let lines = Set(try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init))
    let text = lines.joined(separator: "\n")
    for command in try Self.commands() {
      if !(command.superCommands ?? []).isEmpty {
        let isThere = lines.contains(".It Em \(command.commandName)")
        #expect(isThere, "\(command.path): run Tools/generate-manual")
      }
      for option in command.options {
        let isThere = text.contains(" \(option.dropFirst())")
        #expect(isThere, "\(command.path) \(option): run Tools/generate-manual")
      }
    }
  }

  /// Commands that are slow, do not end, or need a network, a GPU or data that tests do not have.
  private static let slow = [
    "cifar10", "fashion-mnist ", "data fetch", "data/fashion-mnist", "bench", "reproduce", "watch", "doctor",
    "vulkan", "profile", "launch",
    "resnet50", "net.safetensors --model resnet18",
  ]

  @Test("has examples that work")
  func working() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    try writePictures(to: folder)
    try folder.succeed(
      "train --backend cpu --train-samples 200 --validation 20 --accuracy-samples 20 --epochs 1 --out runs/mine"
    )
    for number in 1...2 {
      try folder.succeed("train \(TinyImages.options) --epochs 1 --out runs/2026-01-31-resnet18-\(number)")
    }
    for (name, picture) in [("cat.jpg", "red/1.jpg"), ("dog.png", "blue/2.png")] {
      try folder.write(try folder.read("pictures/\(picture)"), as: name)
      try folder.write(try folder.read("pictures/\(picture)"), as: "holiday/\(name)")
    }
    try writePairs(to: folder, count: 70)
    let table = (0..<90).map { "\($0 * 7 % 10),\(["a", "b"][$0 % 2]),\($0)" }.joined(separator: "\n")
    try folder.write("size,town,price\n\(table)\n".utf8, as: "houses.csv")
    try folder.write("town,size\na,3\n".utf8, as: "new.csv")
    try folder.succeed("train --data houses.csv --target price --batch-size 5 --epochs 1 --out runs/houses")
    try folder.succeed(
      "train --data opticks --blocks 1 --heads 1 --channels 8 --context 8 --steps 5 --out runs/opticks")
    try folder.succeed(
      "train --from runs/opticks/best.safetensors --data opticks --lora rank=2 --steps 5 --out runs/tuned")
    try FileManager.default.copyItem(
      atPath: "\(TransformersTests.fixtures)/gpt2", toPath: folder.path(of: "gpt2"))
    var run = 0
    // Exports come before the imports that read them.
    let skipped = Self.slow + (VulkanUnderTest.missing == nil ? [] : ["lemnos diff three-layer-convnet"])
    for example in try Self.commands().flatMap(\.examples)
    where !skipped.contains(where: (example + " ").contains) {
      let isLong = example.hasPrefix("lemnos train") && !example.contains("--resume")
      if example.contains("--to pytorch") {
        try folder.run(example.replacing(" --out mine", with: " --out mine.pytorch"))
      }
      try folder.run(isLong ? example + " --fast-dev-run" : example)
      run += 1
    }
    #expect(run > 20)
  }
}

extension TemporaryFolder {
  /// Runs a line in a shell with the built `lemnos` on the PATH; it must succeed.
  fileprivate func run(_ line: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "\(line) > output 2> errors"]
    process.currentDirectoryURL = url
    var environment = ProcessInfo.processInfo.environment.merging(["LEMNOS_CACHE": "off"]) { $1 }
    let place = URL(fileURLWithPath: CommandTests.Command.program).deletingLastPathComponent().path
    environment["PATH"] = "\(place):\(environment["PATH"] ?? "")"
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    let errors = String(decoding: try read("errors"), as: UTF8.self)
    #expect(process.terminationStatus == 0, "\(line): \(errors)")
  }
}
