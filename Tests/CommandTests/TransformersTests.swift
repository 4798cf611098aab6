import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("lemnos with folders of transformers")
struct TransformersTests {
  /// Made by GoldenTests/Fixtures/make_transformers_fixtures.py.
  static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "GoldenTests/Fixtures/transformers").path

  private static func folder(_ name: String, tokenizer: Bool = true) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try FileManager.default.copyItem(atPath: "\(fixtures)/\(name)", toPath: folder.path(of: name))
    if tokenizer, name != "gpt2" {
      try FileManager.default.copyItem(
        atPath: "\(fixtures)/gpt2/tokenizer.json", toPath: folder.path(of: "\(name)/tokenizer.json"))
    }
    try folder.write(
      String(repeating: "the ray of light, the rays of lights. ", count: 60).utf8, as: "book.txt")
    return folder
  }

  private func edit(_ file: String, in folder: TemporaryFolder, _ old: String, _ new: String) throws {
    let text = String(decoding: try folder.read(file), as: UTF8.self)
    #expect(text.contains(old), "\(file) has no \(old)")
    try folder.write(text.replacing(old, with: new).utf8, as: file)
  }

  @Test(
    "makes checkpoints that are sampled, trained on and written again",
    arguments: ["gpt2", "llama", "llama-tied"])
  func roundTrip(name: String) throws {
    let folder = try Self.folder(name)
    let imported = try folder.succeed("import \(name) --data book.txt --out net.safetensors").output
    let kind = name == "gpt2" ? "gpt2" : "llama"
    #expect(
      imported.hasPrefix("net.safetensors: a gpt as \(kind), of 2 blocks, 32 channels and 67 tokens. Next: "))
    // The context is 16 tokens: what is drawn goes beyond it.
    let sampled = try folder.succeed("sample net.safetensors --prompt the --tokens 30 --temperature 0").output
    #expect(sampled.hasPrefix("the") && sampled.count > 20)

    try folder.succeed("export net.safetensors --to huggingface --out back")
    #expect(try folder.read("back/tokenizer.json") == folder.read("\(name)/tokenizer.json"))
    try folder.succeed("import back --data book.txt --out again.safetensors")
    #expect(try folder.read("again.safetensors") == folder.read("net.safetensors"))

    // The network and the tokens are the checkpoint's: all parameters fit.
    let trained = try folder.succeed(
      "train --from net.safetensors --data book.txt --batch-size 4 --epochs 2 --learning-rate 0.001 --out a")
    #expect(trained.errors.isEmpty && !trained.output.contains("Pixels"))
    let shapes = try ["net", "a/best"].map {
      try folder.checkpoint("\($0).safetensors").tensors.mapValues(\.shape)
    }
    #expect(shapes[0].allSatisfy { shapes[1][$0.key] == $0.value })
    let perplexities = try ["net", "a/best"].map { path in
      let measured = try folder.succeed("evaluate --checkpoint \(path).safetensors --data book.txt --json")
        .output
      return try #require(measured.firstMatch(of: /"perplexity":([\d.]+)/).flatMap { Double($0.output.1) })
    }
    #expect(perplexities[1] < 0.8 * perplexities[0])
    try folder.succeed("train --resume a --epochs 3")
    try folder.succeed("export a/best.safetensors --to huggingface")
    #expect(try folder.contents().keys.contains("a/best.huggingface/config.json"))
  }

  @Test("refuses what is missing, of other sizes or unknown, with names and shapes")
  func refusals() throws {
    let llama = try Self.folder("llama")
    let line = "import llama --out net.safetensors"
    let parts = "llama/model-00002-of-00002.safetensors"
    try edit("llama/config.json", in: llama, "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3")
    try llama.expectRefusal(
      line, code: 65,
      words: [
        "llama: there is no 'model.layers.2.input_layernorm.weight' in its weights, [32] by its config.json"
      ])
    try edit("llama/config.json", in: llama, "\"num_hidden_layers\": 3", "\"num_hidden_layers\": 1")
    try llama.expectRefusal(
      line, code: 65,
      words: ["there is 'model.layers.1.input_layernorm.weight' in its weights, which no llama"])
    try edit("llama/config.json", in: llama, "\"num_hidden_layers\": 1", "\"num_hidden_layers\": 2")
    try edit("llama/config.json", in: llama, "\"intermediate_size\": 40", "\"intermediate_size\": 44")
    try llama.expectRefusal(
      line, code: 65,
      words: [
        "hold 'model.layers.0.mlp.gate_proj.weight' as bfloat16[40, 32], but by its config.json it is [44, 32]"
      ])
    try edit("llama/config.json", in: llama, "\"intermediate_size\": 44", "\"intermediate_size\": 40")
    try edit("llama/config.json", in: llama, "\"rope_type\": \"default\"", "\"rope_type\": \"llama3\"")
    try llama.expectRefusal(
      line, code: 65, words: ["'rope_parameters': 'rope_type' is 'llama3', but has to be 'default'"])
    try edit("llama/config.json", in: llama, "\"rope_type\": \"llama3\"", "\"rope_type\": \"default\"")
    try edit(
      "llama/config.json", in: llama, "\"num_attention_heads\": 4", "\"num_attention_heads\": \"four\"")
    try llama.expectRefusal(
      line, code: 65, words: ["'num_attention_heads' is 'four', but has to be a whole number from 1 to"])
    try edit(
      "llama/config.json", in: llama, "\"num_attention_heads\": \"four\"", "\"num_attention_heads\": 4")
    try edit("llama/config.json", in: llama, "\"model_type\": \"llama\"", "\"model_type\": \"mamba\"")
    try llama.expectRefusal(
      line, code: 65,
      words: ["'model_type' is 'mamba', but the models that are read are gpt2, llama, vit and bert"])
    try edit("llama/config.json", in: llama, "\"model_type\": \"mamba\"", "\"model_type\": \"llama\"")
    let shard = try llama.read(parts)
    try FileManager.default.removeItem(atPath: llama.path(of: parts))
    try llama.expectRefusal(
      line, code: 65,
      words: ["there is no file 'model-00002-of-00002.safetensors' in it", "'lm_head.weight' and "])
    try llama.write(shard, as: parts)
    var torn = try llama.checkpoint(parts)
    torn.tensors["lm_head.weight"] = nil
    try torn.write(to: llama.path(of: parts))
    try llama.expectRefusal(
      line, code: 65,
      words: ["there is no 'lm_head.weight' in it, though model.safetensors.index.json says so"])
    try FileManager.default.removeItem(atPath: llama.path(of: "llama/model.safetensors.index.json"))
    try llama.expectRefusal(
      line, code: 65, words: ["there is neither model.safetensors nor model.safetensors.index.json in it"])
    try FileManager.default.removeItem(atPath: llama.path(of: "llama/config.json"))
    try llama.expectRefusal(line, code: 65, words: ["llama/config.json", "No such file"])

    let gpt2 = try Self.folder("gpt2")
    let other = "import gpt2 --out net.safetensors"
    try gpt2.expectRefusal(
      "\(other) --model resnet18", code: 64, words: ["--model is for a file; gpt2 is a folder"])
    try gpt2.expectRefusal(
      "import gpt2/model.safetensors --out net.safetensors", code: 64, words: ["--model resnet18"])
    try edit("gpt2/config.json", in: gpt2, "\"vocab_size\": 67", "\"vocab_size\": 60")
    try gpt2.expectRefusal(other, code: 65, words: ["has 67 tokens, but its network only 60"])
    try FileManager.default.removeItem(atPath: gpt2.path(of: "gpt2/tokenizer.json"))
    try gpt2.expectRefusal(other, code: 66, words: ["there is no tokenizer.json in it"])
  }

  @Test("makes a vit of a folder, tells what is on pictures by it, and writes it again")
  func vit() throws {
    let folder = try Self.folder("vit", tokenizer: false)
    let imported = try folder.succeed("import vit --out net.safetensors").output
    #expect(imported.hasPrefix("net.safetensors: a vit of 2 blocks, 32 channels and 5 classes."))
    try writePictures(to: folder)
    let told = try folder.succeed("predict net.safetensors pictures/red --json").lines
    #expect(!told.isEmpty && told.allSatisfy { $0.contains("\"ant\"") && $0.contains("\"eel\"") })
    try folder.succeed("export net.safetensors --to huggingface --out back")
    try folder.succeed("import back --out again.safetensors")
    #expect(try folder.read("again.safetensors") == folder.read("net.safetensors"))

    try FileManager.default.removeItem(atPath: folder.path(of: "vit/preprocessor_config.json"))
    let line = "import vit --out new.safetensors"
    try folder.expectRefusal(line, code: 65, words: ["no preprocessor_config.json", "--mean and --std"])
    try edit("vit/config.json", in: folder, "\"hidden_act\": \"gelu\"", "\"hidden_act\": \"relu\"")
    try folder.expectRefusal(
      line, code: 65,
      words: ["'hidden_act' is 'relu', but has to be 'gelu' or 'gelu_pytorch_tanh' or 'gelu_new'"])
    try edit("vit/config.json", in: folder, "\"hidden_act\": \"relu\"", "\"hidden_act\": \"gelu_new\"")
    try folder.succeed("\(line) --mean 0.5 --std 0.25")
    // The sizes are asked for as those of any vit.
    let trained = try folder.lemnos(
      "train --model vit --blocks 2 --channels 32 --mlp-width 48 --from new.safetensors --data pictures --image-size 8 --batch-size 4 --epochs 1 --out a"
    )
    #expect(trained.code == 0)
    #expect(
      trained.errors.contains("lemnos: new.safetensors has no fitting head.")
        && !trained.errors.contains("block"))
  }

  @Test("trains a vit on images, summarizes it, and takes it there and back")
  func trainedViT() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let sizes = "--model vit --patch 2 --blocks 1 --heads 2 --channels 8"
    let line =
      "train --backend cpu --data images \(sizes) --mlp-width 12 --batch-size 4 --normalize per-channel"
    try folder.succeed("\(line) --epochs 2 --out a")
    try folder.succeed("\(line) --epochs 1 --out b")
    try folder.succeed("train --resume b --epochs 2 --backend cpu")
    let shapes = try folder.checkpoint("a/best.safetensors").tensors.mapValues(\.shape)
    #expect(shapes["positions.weight"] == [5, 8] && shapes["class_token"] == [1, 1, 8])
    #expect(
      try folder.checkpoint("a/last.safetensors").tensors["head.weight"]
        == folder.checkpoint("b/last.safetensors").tensors["head.weight"])
    try folder.succeed("export a/best.safetensors --to huggingface --out there")
    try folder.succeed("import there --data images --out back.safetensors")
    let measured = try ["a/best.safetensors", "back.safetensors"].map {
      try folder.succeed("evaluate --backend cpu --checkpoint \($0) --json").output
    }
    #expect(measured[0] == measured[1])
    try folder.succeed("export a/best.safetensors --to onnx")
    try folder.succeed("\(line) --pooling mean --epochs 1 --out m")
    #expect(try folder.checkpoint("m/best.safetensors").tensors["positions.weight"]?.shape == [4, 8])
    try folder.expectRefusal(
      "export m/best.safetensors --to huggingface", code: 65, words: ["--pooling class-token has one"])
    try folder.expectRefusal(
      "export a/best.safetensors --to pytorch", code: 64, words: ["a vit is exported --to huggingface"])
    try folder.expectRefusal(
      "train --data images --model vit --batch-size 4 --patch 3", code: 65,
      words: ["multiples of its patches of 3×3"])
    try folder.expectRefusal("train --data images --patch 2", code: 64, words: ["--patch is for a vit"])
    let summary = try folder.succeed("summary vit --data images --patch 2 --blocks 1 --heads 2 --channels 8")
      .lines
    #expect(summary.contains { $0.contains(/^patches +Convolution2D +\[N, 8, 2, 2\] +40\b/) })
  }

  @Test("makes a bert of a folder, tells classes of texts by it, and writes it again")
  func bert() throws {
    let folder = try Self.folder("bert", tokenizer: false)
    let imported = try folder.succeed("import bert --out net.safetensors").output
    #expect(imported.hasPrefix("net.safetensors: a bert of 2 blocks, 32 channels, 67 tokens and 3 classes."))
    try folder.write(
      Array("{\"text\": \"The film was good.\"}\n{\"text\": \"not very\"}\n".utf8), as: "new.jsonl")
    let told = try folder.succeed("predict net.safetensors new.jsonl").lines
    #expect(told.count == 2 && told[0].contains(/^new.jsonl, line 1  (bad|fair|good)  [\d.]+ %$/))
    try folder.succeed("export net.safetensors --to huggingface --out back")
    #expect(try folder.read("back/tokenizer.json") == folder.read("bert/tokenizer.json"))
    // Without a token for padding transformers does not fill texts up.
    let kinds = String(decoding: try folder.read("back/tokenizer_config.json"), as: UTF8.self)
    #expect(kinds.contains("\"pad_token\" : \"[PAD]\"") && !kinds.contains("mask_token"))
    let config = String(decoding: try folder.read("back/config.json"), as: UTF8.self)
    #expect(config.contains("\"pad_token_id\" : 0"))
    try folder.succeed("import back --out again.safetensors")
    #expect(try folder.read("again.safetensors") == folder.read("net.safetensors"))
    try folder.write(Self.reviews.utf8, as: "reviews.csv")
    let trained = try folder.lemnos(
      "train --task text-classification --from net.safetensors --data reviews.csv --text-field review --target kind --batch-size 8 --epochs 2 --out a"
    )
    // Two other classes: what tells them is new.
    #expect(trained.code == 0 && trained.errors.contains("net.safetensors has no fitting head."))
  }

  private static var reviews: String {
    let (good, bad) = (["good", "great", "fine", "lovely"], ["bad", "poor", "dull", "awful"])
    let rows = (0..<80).map { number in
      let isGood = number % 3 != 0
      let word = (isGood ? good : bad)[number / 3 % 4]
      let rest = ["film", "the plot, and the end", "play"][number % 5 % 3]
      return "\(number),\"a \(word) \(rest)\",\(isGood ? "pos" : "neg")"
    }
    return (["id,review,kind"] + rows).joined(separator: "\n") + "\n"
  }

  @Test("tells classes of texts that it learned, from tables, JSON Lines and folders")
  func textClassification() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.reviews.utf8, as: "reviews.csv")
    let sizes = "--blocks 1 --heads 2 --channels 16 --context 24 --batch-size 8 --vocabulary 300"
    let line =
      "train --task text-classification --data reviews.csv --text-field review --target kind \(sizes)"
    let trained = try folder.succeed("\(line) --epochs 12 --learning-rate 0.01 --out a")
    #expect(trained.output.contains("80 texts of 2 classes: neg (27), pos (53)"))
    #expect(
      try folder.succeed("evaluate --checkpoint a/best.safetensors --json").output.contains("\"accuracy\":1"))
    try folder.succeed("\(line) --epochs 1 --out b")
    try folder.succeed("\(line) --epochs 2 --out c")
    try folder.succeed("train --resume b --epochs 2")
    #expect(
      try folder.checkpoint("b/last.safetensors").tensors["tokens.weight"]
        == folder.checkpoint("c/last.safetensors").tensors["tokens.weight"])

    let told = try folder.succeed("predict a/best.safetensors reviews.csv").lines
    #expect(told[0] == "id,review,kind,kind_predicted,kind_probability" && told.count == 81)
    #expect(told.dropFirst().allSatisfy { $0.contains(",pos,pos,") || $0.contains(",neg,neg,") })

    for name in ["good", "bad"] {
      for number in 0..<12 {
        try folder.write("a \(name) film \(number % 3)".utf8, as: "texts/\(name)/\(number).txt")
      }
    }
    let lines = (0..<20).map { "{\"text\": \"\($0 % 2 == 0 ? "yes" : "no") \($0)\", \"label\": \($0 % 2)}" }
    try folder.write(lines.joined(separator: "\n").utf8, as: "lines.jsonl")
    for data in ["texts", "lines.jsonl"] {
      let out = "of-\(data.prefix(5))"
      try folder.succeed(
        "train --task text-classification --data \(data) \(sizes) --epochs 2 --tokenizer bytes --out \(out)"
          .replacing(" --vocabulary 300", with: ""))
      try folder.succeed("evaluate --checkpoint \(out)/best.safetensors --data \(data)")
    }
    #expect(try folder.succeed("predict of-texts/best.safetensors texts --json").lines.count == 24)

    try folder.expectRefusal(
      "train --task text-classification --data reviews.csv --text-field review \(sizes)", code: 65,
      words: ["there is no column 'label' in it; it has 'id', 'review', 'kind'"])
    try folder.expectRefusal(
      "evaluate --checkpoint of-texts/best.safetensors --data lines.jsonl", code: 65,
      words: ["there is a class '0' in it, but the model tells only 'bad', 'good'"])
    try folder.expectRefusal(
      "train --task text-classification --data lines.jsonl --target kind \(sizes)", code: 65,
      words: ["lines.jsonl, line 1", "there is no class in the field 'kind'"])
    try folder.expectRefusal(
      "train --task text-classification --data lines.jsonl --steps 3", code: 64,
      words: ["--steps is for a gpt"])
    try folder.expectRefusal("train --model bert", code: 65, words: ["no table (.csv, .tsv), no JSON Lines"])
  }

  @Test("exports no network that has no counterpart there")
  func counterparts() throws {
    let folder = try Self.folder("gpt2")
    let sizes = "--blocks 1 --heads 2 --channels 16 --context 16 --batch-size 4 --epochs 1"
    try folder.succeed("train --data book.txt --positions rotary \(sizes) --out a")
    try folder.expectRefusal(
      "export a/best.safetensors --to huggingface", code: 65,
      words: ["a gpt with the blocks of gpt2, rotary positions and 2 heads on 2", "has no counterpart"])
    try folder.expectRefusal(
      "export a/best.safetensors --to onnx", code: 64, words: ["a gpt is exported --to huggingface"])
    #expect(try !folder.contents().keys.contains { $0.contains("huggingface") })
  }
}
