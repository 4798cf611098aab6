import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("lemnos learns a text")
struct LanguageTests {
  private static let net = "--blocks 1 --heads 2 --channels 16 --context 16 --batch-size 8"

  private static func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let text = String(repeating: "the ray of light, the rays of lights. ", count: 120)
    try folder.write(text.utf8, as: "book.txt")
    try folder.write(("the light of rays. " + text).utf8, as: "other.txt")
    return folder
  }

  private func fail(in folder: TemporaryFolder, _ line: String) throws -> Command.Result {
    let result = try folder.lemnos(line)
    #expect(result.code == 64 || result.code == 65, "\(line): \(result.code)")
    return result
  }

  @Test("by its characters, for some steps, goes on exactly, and writes more of it")
  func characters() throws {
    let folder = try Self.folder()
    let line = "train --data book.txt \(Self.net) --steps 120 --warmup-steps 10 --learning-rate 0.01"
    let trained = try folder.succeed("\(line) --out a")
    #expect(trained.output.contains("gpt, ") && trained.output.contains("windows of book.txt"))
    #expect(trained.output.contains("perplexity "))
    #expect(
      try String(decoding: folder.read("a/metrics.jsonl"), as: UTF8.self).contains("\"bits-per-character\""))
    #expect(
      try Checkpoint(contentsOf: "\(folder.path)/a/last.safetensors").metadata["lemnos.tokenizer"] != nil)

    // The likeliest continuation of a text that repeats itself is the text.
    let sampled = try folder.succeed("sample a/best.safetensors --prompt the --tokens 9 --temperature 0")
      .output
    #expect(sampled.hasPrefix("the "))
    let drawn = try (0..<2).map { _ in
      try folder.succeed("sample a/best.safetensors --tokens 30 --top-k 5 --top-p 0.9 --seed 3").output
    }
    #expect(drawn[0] == drawn[1])

    // A run that is done is measured again.
    try folder.succeed("train --resume a")
    let measured = try folder.succeed("evaluate --checkpoint a/best.safetensors --data other.txt --json")
      .lines
    #expect(measured.count == 1 && measured[0].contains("\"perplexity\""))
  }

  private struct Measured: Decodable {
    let examples: Int
    let measured: [String: Double]
  }

  private struct Epoch: Decodable {
    let event: String
    let validation: [String: Double]?
  }

  @Test(
    "and measures bits per character: its loss, told by characters",
    arguments: ["characters", "bpe --vocabulary 300"])
  func bitsPerCharacter(tokenizer: String) throws {
    let folder = try Self.folder()
    try folder.succeed("train --data book.txt --tokenizer \(tokenizer) \(Self.net) --epochs 2 --out a")
    func measure(_ line: String) throws -> Measured {
      let result = try folder.succeed("evaluate --checkpoint a/last.safetensors --json" + line)
      return try JSONDecoder().decode(Measured.self, from: Data(result.lines[0].utf8))
    }
    // What was held out is measured as in the run.
    let held = try measure("")
    let epochs = try String(decoding: folder.read("a/metrics.jsonl"), as: UTF8.self).split(separator: "\n")
      .compactMap { try? JSONDecoder().decode(Epoch.self, from: Data($0.utf8)) }
    let last = try #require(epochs.last { $0.event == "epoch" }?.validation)
    #expect(held.measured["bits-per-character"] == last["bits-per-character"])
    // And a text of the user's by its own characters: all but the first token's and the rest that fills no window.
    let other = try measure(" --data other.txt")
    let (loss, bits) = (
      try #require(other.measured["loss"]), try #require(other.measured["bits-per-character"])
    )
    let characters = loss / log(2) * Double(16 * other.examples) / bits
    let all = Double(try folder.read("other.txt").count)
    // A token of 300 has less than twenty characters.
    #expect(characters < all && characters > all - 17 * 20, "\(characters) of \(all)")
    #expect(abs(characters - characters.rounded()) < 0.01)
    if tokenizer == "characters" { #expect(Int(characters.rounded()) == 16 * other.examples) }
  }

  @Test(
    "by bytes, a byte pair encoding, or a tokenizer's file", arguments: ["bytes", "bpe --vocabulary 300"])
  func tokenizers(of name: String) throws {
    let folder = try Self.folder()
    let line =
      "train --task language --data book.txt --tokenizer \(name) --positions rotary --no-bias \(Self.net) --epochs 2"
    #expect(try folder.succeed("\(line) --out a").output.contains("perplexity "))
    try folder.succeed("sample a/best.safetensors --prompt the --tokens 20")
    // Resumed, it is what it would have been.
    try folder.succeed(line.replacing("--epochs 2", with: "--epochs 1") + " --out b")
    try folder.succeed("train --resume b --epochs 2")
    #expect(
      try Checkpoint(contentsOf: "\(folder.path)/a/best.safetensors").tensors
        == Checkpoint(contentsOf: "\(folder.path)/b/best.safetensors").tensors)
  }

  @Test("with a network as Llama, which its checkpoint describes")
  func llama() throws {
    let folder = try Self.folder()
    let line =
      "train --data book.txt --model gpt --arrangement llama --key-value-heads 1 --mlp-width 24 --untied \(Self.net) --epochs 2"
    #expect(try folder.succeed("\(line) --out a").output.contains("perplexity "))
    let shapes = try Checkpoint(contentsOf: "\(folder.path)/a/best.safetensors").tensors.mapValues(\.shape)
    #expect(
      shapes["block0.attention.qkv.weight"] == [16, 32] && shapes["block0.mlp.gate.weight"] == [16, 24])
    #expect(shapes["scores.weight"]?[0] == 16 && shapes["positions.weight"] == nil)
    try folder.succeed("sample a/best.safetensors --prompt the --tokens 20")
    try folder.succeed(line.replacing("--epochs 2", with: "--epochs 1") + " --out b")
    try folder.succeed("train --resume b --epochs 2")
    #expect(
      try Checkpoint(contentsOf: "\(folder.path)/a/best.safetensors").tensors
        == Checkpoint(contentsOf: "\(folder.path)/b/best.safetensors").tensors)
  }

  @Test("and shows after each epoch what the model writes", arguments: ["gpt", "lstm", "gru"])
  func writing(model: String) throws {
    let folder = try Self.folder()
    let line = "train --data book.txt --model \(model) --blocks 1 --channels 16 --context 16 --epochs 2"
    let lines = try folder.succeed("\(line) --out a").output.split(separator: "\n")
    #expect(lines.count { $0.hasPrefix("  writes: ") } == 2)
    #expect(try folder.succeed("\(line) --quiet --out b").output == "")
    let events = try folder.succeed("\(line) --json --out c").output.split(separator: "\n")
    #expect(events.count { $0.contains("\"event\":\"writing\"") } == 2)
  }

  @Test("as an lstm or a gru too, and goes on exactly", arguments: ["an lstm", "a gru"])
  func recurrent(named name: String) throws {
    let model = try #require(name.split(separator: " ").last)
    let folder = try Self.folder()
    let line =
      "train --data book.txt --model \(model) --blocks 2 --channels 24 --context 16 --batch-size 8 --learning-rate 0.01 --dropout 0.1"
    let trained = try folder.succeed("\(line) --steps 200 --out a")
    #expect(trained.output.contains("\(model), ") && trained.output.contains("perplexity "))
    let sampled = try folder.succeed("sample a/best.safetensors --prompt the --tokens 9 --temperature 0")
    #expect(sampled.output.hasPrefix("the "))
    let names = try Checkpoint(contentsOf: "\(folder.path)/a/best.safetensors").tensors.keys
    #expect(names.contains("rnn.weight_hh_l1") && names.contains("tokens.weight"))
    // Resumed, it is what it would have been.
    try folder.succeed("\(line) --epochs 2 --out b")
    try folder.succeed("\(line) --epochs 1 --out c")
    try folder.succeed("train --resume c --epochs 2")
    #expect(
      try Checkpoint(contentsOf: "\(folder.path)/b/last.safetensors").tensors
        == Checkpoint(contentsOf: "\(folder.path)/c/last.safetensors").tensors)
    for command in ["predict a/best.safetensors", "export a/best.safetensors --to onnx"] {
      #expect(
        try fail(in: folder, command + (command.hasPrefix("predict") ? " book.txt" : "")).errors.contains(
          name))
    }
  }

  @Test("of documents none of which looks at another, and goes on exactly")
  func documents() throws {
    let folder = try Self.folder()
    let lines = (0..<80).map { "{\"text\": \"the ray of light \($0 % 7), the rays of lights.\"}" }
    try folder.write(lines.joined(separator: "\n").utf8, as: "pages.jsonl")
    let line = "train --data pages.jsonl --document-mask \(Self.net) --epochs 2"
    try folder.succeed("\(line) --out a")
    try folder.succeed(line.replacing("--epochs 2", with: "--epochs 1") + " --out b")
    try folder.succeed("train --resume b --epochs 2")
    let masked = try Checkpoint(contentsOf: "\(folder.path)/a/best.safetensors").tensors
    #expect(try Checkpoint(contentsOf: "\(folder.path)/b/best.safetensors").tensors == masked)
    try folder.succeed(line.replacing("--document-mask ", with: "") + " --out c")
    #expect(try Checkpoint(contentsOf: "\(folder.path)/c/best.safetensors").tensors != masked)
    let measured = try folder.succeed("evaluate --checkpoint a/best.safetensors --data pages.jsonl --json")
    #expect(measured.lines.count == 1 && measured.lines[0].contains("\"perplexity\""))
    try folder.succeed("sample a/best.safetensors --prompt the --tokens 9")
  }

  @Test("and refuses what does not go with a text in one sentence")
  func refusals() throws {
    let folder = try Self.folder()
    try folder.succeed("train --data book.txt \(Self.net) --epochs 1 --out tiny")
    let tokenizer = try #require(
      Checkpoint(contentsOf: "\(folder.path)/tiny/best.safetensors").metadata["lemnos.tokenizer"])
    try folder.write(tokenizer.replacing("<|endoftext|>", with: "<|over|>").utf8, as: "plain.json")
    let cases = [
      (
        "train --data book.txt --model resnet18",
        "book.txt is a text, and a resnet18 takes none; --model gpt, lstm and gru are for texts"
      ),
      (
        "train --data book.txt --heads 3",
        "128 channels cannot be shared by 3 heads: heads have to divide channels"
      ),
      (
        "train --data book.txt --key-value-heads 3",
        "4 heads cannot share 3 of keys and values: --key-value-heads has to divide --heads"
      ),
      (
        "train --data book.txt --arrangement llama --heads 2 --channels 18",
        "rotary positions turn pairs of channels, but each of 2 heads has 9 of 18"
      ),
      (
        "train --mlp-width 8", "--mlp-width is for a gpt on a text, and this is a two-layer-net: leave it out"
      ),
      ("train --data book.txt --context 9000", "too few for a context of 9,000"),
      ("train --data book.txt --vocabulary 300", "--vocabulary is for --tokenizer bpe"),
      (
        "train --data book.txt --model lstm --positions rotary",
        "--positions is for a gpt, and this is an lstm: leave it out"
      ),
      (
        "train --data book.txt --model lstm --document-mask",
        "--document-mask is for a gpt, and this is an lstm: leave it out"
      ),
      (
        "train --document-mask",
        "--document-mask is for a gpt on a text, and this is a two-layer-net: leave it out"
      ),
      (
        "train --data book.txt --tokenizer plain.json --document-mask",
        "--document-mask goes by the token <|endoftext|> at the end of each document, which this tokenizer has not"
      ),
      ("train --data book.txt --model lstm --recompute blocks", "an lstm has no blocks to compute again"),
      ("train --steps 10", "--steps is for a gpt on a text, and this is a two-layer-net: leave it out"),
      ("train --data book.txt --steps 10 --epochs 2", "Give --steps or --epochs, not both."),
      ("sample book.txt --temperature -1", "--temperature is -1.0, but has to be 0 or more."),
    ]
    for (line, expected) in cases {
      #expect(try fail(in: folder, line).errors.contains(expected), "\(line)")
    }
    try folder.succeed("train --epochs 1 --train-samples 50 --hidden 8 --out images")
    #expect(
      try fail(in: folder, "sample images/best.safetensors").errors.contains(
        "is a two-layer-net, which tells no text: 'lemnos predict' is for it"))
  }
}
