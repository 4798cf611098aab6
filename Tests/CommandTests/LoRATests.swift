import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("lemnos train --lora")
struct LoRATests {
  private static func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try FileManager.default.copyItem(
      atPath: "\(TransformersTests.fixtures)/gpt2", toPath: folder.path(of: "gpt2"))
    try folder.write(
      String(repeating: "the ray of light, the rays of lights. ", count: 60).utf8, as: "book.txt")
    try folder.succeed("import gpt2 --data book.txt --out base.safetensors")
    return folder
  }

  private static let line =
    "train --backend cpu --from base.safetensors --data book.txt --batch-size 4 --learning-rate 0.01"

  private func perplexity(_ folder: TemporaryFolder, _ path: String) throws -> Double {
    let line = "evaluate --backend cpu --checkpoint \(path) --data book.txt --json"
    let measured = try folder.succeed(line).output
    return try #require(measured.firstMatch(of: /"perplexity":([\d.]+)/).flatMap { Double($0.output.1) })
  }

  @Test(
    "trains adapters, goes on with the same bits, and is measured, sampled and exported as any network",
    arguments: ["rank=2,alpha=8", "rank=2,alpha=8,dora"])
  func language(lora: String) throws {
    let folder = try Self.folder()
    let options = "--lora \(lora) --lora-target *attention* *.mlp1"
    let whole = try folder.succeed("\(Self.line) \(options) --epochs 4 --out whole")
    #expect(whole.errors.isEmpty)
    // Of each of two blocks matrices of 32 × 96, 32 × 32 and 32 × 48, and of DoRA a magnitude for each column.
    let trained = lora.hasSuffix("dora") ? "1,440" : "1,088"
    #expect(whole.output.contains("parameters, of which \(trained) are trained"))
    try folder.succeed("\(Self.line) \(options) --epochs 2 --out halves")
    let resumed = try folder.succeed("train --resume halves --epochs 4 --backend cpu")
    #expect(resumed.errors.isEmpty)
    #expect(try folder.read("whole/last.safetensors") == folder.read("halves/last.safetensors"))
    let (base, best) = (
      try folder.checkpoint("base.safetensors"), try folder.checkpoint("whole/best.safetensors")
    )
    #expect(base.tensors.allSatisfy { best.tensors[$0.key] == $0.value })
    #expect(try folder.checkpoint("halves/best.safetensors").tensors == best.tensors)
    // What stays as it is is in the file once.
    let last = try folder.checkpoint("whole/last.safetensors").tensors.keys
    #expect(
      !last.contains("best.block0.attention.qkv.weight")
        && !last.contains { $0.hasPrefix("optimizer.") && !$0.contains("lora") })

    let measured = try perplexity(folder, "whole/best.safetensors")
    #expect(measured < 0.8 * (try perplexity(folder, "base.safetensors")))
    try folder.succeed("export whole/best.safetensors --to merged --out merged.safetensors")
    #expect(try perplexity(folder, "merged.safetensors") == measured)
    let merged = try folder.checkpoint("merged.safetensors")
    #expect(!merged.hasAdapters && merged.tensors["norm.weight"] == base.tensors["norm.weight"])
    #expect(merged.metadata["lemnos.run"]?.contains("\"lora\":") == false)
    let samples = try ["whole/best", "merged"].map {
      try folder.succeed("sample \($0).safetensors --prompt the --tokens 20 --temperature 0").output
    }
    #expect(samples[0] == samples[1])
    try folder.succeed("export whole/best.safetensors --to base --out again.safetensors")
    #expect(try folder.checkpoint("again.safetensors").tensors == base.tensors)

    // There and back by PEFT's files.
    try folder.succeed("export whole/best.safetensors --to peft --out adapter")
    let config = String(decoding: try folder.read("adapter/adapter_config.json"), as: UTF8.self)
    #expect(config.contains("\"fan_in_fan_out\" : true") && config.contains("\"transformer.h.1.mlp.c_fc\""))
    let imported = try folder.succeed("import adapter --base base.safetensors --out back.safetensors").output
    #expect(imported.hasPrefix("back.safetensors: a gpt with adapters of 6 weights. Next: "))
    #expect(try folder.checkpoint("back.safetensors").tensors == best.tensors)
    #expect(try perplexity(folder, "back.safetensors") == measured)
    try folder.succeed("export whole/best.safetensors --to huggingface --out there")
    try folder.succeed("import there --data book.txt --out from-there.safetensors")
    #expect(try folder.checkpoint("from-there.safetensors").tensors == merged.tensors)
    // Another run begins with the adapters merged.
    try folder.succeed(
      "train --backend cpu --from whole/best.safetensors --data book.txt --batch-size 4 --epochs 1 --lora rank=1 --out next"
    )
    #expect(
      try folder.checkpoint("next/best.safetensors").tensors["block0.attention.qkv.weight"]
        == merged.tensors["block0.attention.qkv.weight"])
  }

  @Test("adapts convolution networks, for other classes too, and tells classes by them")
  func images() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let line =
      "train --backend cpu --data images --model three-layer-convnet --hidden 12 --batch-size 4 --normalize per-channel"
    try folder.succeed("\(line) --epochs 1 --out base")
    let adapted = try folder.succeed(
      "\(line) --from base/best.safetensors --lora rank=2,alpha=4,dora --lora-train 5.bias --epochs 2 --out a"
    )
    #expect(adapted.errors.isEmpty)
    let measured = try folder.succeed("evaluate --backend cpu --checkpoint a/best.safetensors --json").output
    try folder.succeed("export a/best.safetensors --to merged --out merged.safetensors")
    #expect(
      try folder.succeed("evaluate --backend cpu --checkpoint merged.safetensors --json").output == measured)
    try folder.succeed("export a/best.safetensors --to pytorch")
    try folder.expectRefusal(
      "export a/best.safetensors --to peft", code: 64, words: ["has no counterpart in transformers"])
    try folder.expectRefusal(
      "export base/best.safetensors --to merged", code: 65,
      words: ["has no adapters: it was not trained with --lora"])
    let summary = try folder.succeed(
      "summary three-layer-convnet --hidden 12 --input 3x8x8 --lora rank=2,alpha=4 --lora-target 0"
    ).output
    // Filters 2 × 3 × 7 × 7, and 32 of 1 × 1 that take 2.
    #expect(summary.contains("Trained are 358 parameters"))
  }

  @Test("refuses what nothing can be made of, with near names and both values")
  func refusals() throws {
    let folder = try Self.folder()
    func refuse(_ options: String, code: Int32 = 64, _ words: String...) throws {
      try folder.expectRefusal("\(Self.line) --epochs 1 \(options)", code: code, words: words)
    }
    try refuse(
      "--lora rank=2 --lora-target *atention*",
      "no weight that can be adapted is called '*atention*': there are",
      "block0.attention.qkv.weight, block0.attention.out.weight")
    try refuse("--lora rank=0", "the rank of a low-rank adaptation is 0, but has to be from 1 to")
    try refuse("--lora rang=2", "'rang=2' in 'rang=2' is no part of a low-rank adaptation")
    try refuse(
      "--lora rank=40", code: 65, "the rank is 40, but 'block0.attention.qkv.weight' [32, 96]", "from 1 to 32"
    )
    try refuse("--lora-target *attention*", "'*attention*' is for a low-rank adaptation, and there is none")
    try refuse("--lora rank=2 --blocks 3", code: 65, "has no 'block2.", "--lora-train 'block2.")
    try refuse("--lora rank=2 --mlp-width 40", code: 65, "[32, 48], not [32, 40]")
    try folder.expectRefusal(
      "train --data book.txt --lora rank=2", code: 64, words: ["name its checkpoint, by --from"])
    try folder.succeed("\(Self.line) --lora rank=2 --epochs 1 --out a")
    try folder.expectRefusal("train --resume a --lora rank=4", code: 64, words: ["--lora cannot change"])
    try folder.expectRefusal(
      "import gpt2 --base base.safetensors --out b.safetensors", code: 64,
      words: ["has no adapter_config.json"])
    try folder.succeed("export a/best.safetensors --to peft --out adapter")
    try folder.expectRefusal(
      "import adapter --out b.safetensors", code: 64, words: ["name its checkpoint, by --base"])
    var other = try folder.checkpoint("base.safetensors")
    other.metadata["lemnos.run"] = other.metadata["lemnos.run"]?.replacing(
      "\"blocks\":2", with: "\"blocks\":1")
    try other.write(to: folder.path(of: "other.safetensors"))
    try folder.expectRefusal(
      "import adapter --base other.safetensors --out b.safetensors", code: 65,
      words: [
        "there is 'base_model.model.transformer.h.1.",
        "beside nothing that the network of other.safetensors has",
      ])
    var torn = try folder.checkpoint("a/best.safetensors")
    torn.tensors["block0.attention.qkv.weight.lora_B"] = nil
    try torn.write(to: folder.path(of: "torn.safetensors"))
    try folder.expectRefusal(
      "sample torn.safetensors", code: 65,
      words: ["but no 'block0.attention.qkv.weight.lora_B': it is damaged"])
  }
}
