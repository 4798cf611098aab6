import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("lemnos train --conventions")
struct ConventionsTests {
  private struct Step: Decodable {
    let loss: Double?
  }

  /// Full-batch training, so that the order does not matter, with a learning rate that changes.
  private static let line =
    "train --backend cpu --data images --model fully-connected-net --hidden 8 --normalization batch --batch-size 40 "
    + "--validation 0 --schedule step --lr-every 2 --lr-decay 0.5 --learning-rate 0.05"

  private func losses(_ options: String, epochs: Int = 6, in folder: TemporaryFolder) throws -> [Double] {
    let line = "\(Self.line) --epochs \(epochs) \(options) --print-every 1 --json"
    let lines = try folder.succeed(line).lines
    return try lines.filter { $0.contains("\"event\":\"step\"") }
      .compactMap { try JSONDecoder().decode(Step.self, from: Data($0.utf8)).loss }
  }

  @Test("pytorch: the loss is without a penalty, velocities follow the rate, and variances are unbiased")
  func pytorch() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let own = try losses("--reg 0 --out own", in: folder)
    let theirs = try losses("--reg 0 --conventions pytorch --out theirs", in: folder)
    #expect(own.count == 6)
    // There is no difference until the velocity meets another learning rate, in the third step.
    for step in 0...2 { #expect(abs(own[step] - theirs[step]) < 1e-5 * own[step]) }
    #expect(abs(own[5] - theirs[5]) > 1e-4 * own[5])
    let plain = try losses("--reg 0.5 --out penalty", in: folder)
    let decayed = try losses("--reg 0.5 --conventions pytorch --out decayed", in: folder)
    #expect(plain[0] > own[0] + 0.1)
    #expect(decayed[0] == theirs[0])
    #expect(decayed[3] != theirs[3])

    let statistics = try ["", "--conventions pytorch "].enumerated().map { index, option in
      _ = try losses("--reg 0 \(option)--out short\(index)", epochs: 2, in: folder)
      let tensors = try folder.checkpoint("short\(index)/last.safetensors").tensors
      return try #require(tensors["1.running_var"]).doubles
    }
    // 0.9² + 0.1 (0.9 v₁ + v₂), with unbiased variances that are 40/39 times as large.
    for (biased, unbiased) in zip(statistics[0], statistics[1]) {
      #expect(abs((unbiased - 0.81) - (biased - 0.81) * 40 / 39) < 1e-5)
    }
    let settings = try String(decoding: folder.read("theirs/config.yaml"), as: UTF8.self)
    #expect(settings.contains("conventions: pytorch"))
  }

  @Test("are kept when a run goes on, with the same bits", arguments: ["momentum", "nesterov", "adamw"])
  func resume(optimizer: String) throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let line = "train \(TinyImages.options) --optimizer \(optimizer) --conventions pytorch --clip-norm 0.5"
    try folder.succeed(line + " --epochs 4 --out whole")
    try folder.succeed(line + " --epochs 2 --out halves")
    try folder.succeed("train --resume halves/last.safetensors --epochs 4 --backend cpu")
    let (whole, halves) = try (
      folder.checkpoint("whole/last.safetensors"), folder.checkpoint("halves/last.safetensors")
    )
    #expect(whole.tensors == halves.tensors)
    try folder.succeed("\(line.replacing(" --conventions pytorch", with: "")) --epochs 4 --out other")
    #expect(try folder.checkpoint("other/last.safetensors").tensors != whole.tensors)
    try folder.expectRefusal(
      "train --resume halves/last.safetensors --conventions lemnos", code: 64,
      words: ["--conventions cannot change"])
  }

  @Test("that nobody has are refused with a guess")
  func unknown() throws {
    let folder = try TemporaryFolder()
    try folder.expectRefusal(
      "train --conventions pytroch", code: 64, words: ["pytroch", "Did you mean 'pytorch'?"])
  }
}
