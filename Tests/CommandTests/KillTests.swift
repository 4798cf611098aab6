import Foundation
import TestSupport
import Testing

@Suite("A run that is killed")
struct KillTests {
  /// LEMNOS_KILLS sets a larger number than every test run has time for.
  private static let kills = ProcessInfo.processInfo.environment["LEMNOS_KILLS"].flatMap { Int($0) } ?? 4

  private static let backends =
    ["--backend cpu"] + (VulkanUnderTest.missing == nil ? ["--backend vulkan --device 0"] : [])

  /// What is learned, and for how many epochs: about a second's worth.
  enum Subject: String, CaseIterable {
    case images, text

    var epochs: Int { self == .images ? 12 : 4 }

    func write(to folder: TemporaryFolder) throws {
      switch self {
      case .images: try TinyImages(training: 400).write(to: folder)
      case .text:
        let lines = (0..<120).map { "{\"text\": \"the ray of light \($0 % 7), the rays of lights.\"}" }
        try folder.write(lines.joined(separator: "\n").utf8, as: "pages.jsonl")
      }
    }

    /// Everything random there is: windows in a drawn order, dropout of activations and of attention's weights.
    var line: String {
      switch self {
      case .images: "--data images --model three-layer-convnet --hidden 40 --batch-size 4"
      case .text:
        "--task language --data pages.jsonl --document-mask --model gpt --blocks 1 --heads 2 --channels 16 --context 16 "
          + "--batch-size 4 --dropout 0.1"
      }
    }
  }

  @Test(
    "at any moment goes on, and ends with the same bits as one that was left alone", arguments: backends,
    Subject.allCases)
  func anyMoment(backend: String, of subject: Subject) throws {
    let folder = try TemporaryFolder()
    try subject.write(to: folder)
    let epochs = subject.epochs
    let line = "train \(backend) \(subject.line) --quiet"
    // Saves within epochs too.
    let often = "--save-every 0.002"
    try folder.succeed("\(line) --epochs \(epochs) --out whole")

    var random = SplitMix64(seed: 231)
    var kills = 0
    var isDone = false
    var runs = 0
    while kills < Self.kills {
      // If a run finishes before it was killed often enough, another run starts under a new name.
      if isDone || runs == 0 { (runs, isDone) = (runs + 1, false) }
      let out = "killed-\(runs)"
      let begun = try folder.names().contains(out) && folder.names(in: out).contains("config.yaml")
      let command = try Command(
        (begun ? "train --resume \(out) \(backend) --quiet" : "\(line) --epochs \(epochs) --out \(out)")
          + " \(often)",
        in: folder)
      if let result = try command.result(killingAfter: Double.random(in: 0.01...0.6, using: &random)) {
        #expect(result.code == 0, "\(result.errors)")
        try expectSame(folder, "whole", out)
        isDone = true
      } else {
        kills += 1
        // A run killed before it wrote its settings leaves at most an empty folder, which a new run replaces.
        if try folder.names().contains(out), try !folder.names(in: out).contains("config.yaml") {
          try FileManager.default.removeItem(atPath: folder.path(of: out))
        }
      }
    }
    let out = "killed-\(runs)"
    if try folder.names().contains(out), !isDone {
      try folder.succeed("train --resume \(out) \(backend) --quiet")
      try expectSame(folder, "whole", out)
    }
  }

  private func expectSame(_ folder: TemporaryFolder, _ a: String, _ b: String) throws {
    for file in ["last.safetensors", "best.safetensors"] {
      #expect(try folder.read("\(a)/\(file)") == folder.read("\(b)/\(file)"), "\(b)/\(file)")
    }
  }
}
