import Checkpoints
import Tensors
import TestSupport
import Testing

@Suite("lemnos export and import")
struct ExchangeTests {
  private func trained() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    try folder.succeed("train \(TinyImages.options) --epochs 2 --out a")
    return folder
  }

  @Test("take a network to PyTorch's layout and back, to the same scores")
  func roundTrip() throws {
    let folder = try trained()
    #expect(
      try folder.succeed("export a/best.safetensors --to pytorch").output
        == "a/best.pytorch.safetensors: a two-layer-net for load_state_dict.\n")
    let theirs = try folder.checkpoint("a/best.pytorch.safetensors")
    #expect(theirs.tensors["0.weight"]?.shape == [8, 16])
    #expect(Set(theirs.tensors.keys) == ["0.weight", "0.bias", "2.weight", "2.bias"])
    try folder.succeed(
      "import a/best.pytorch.safetensors --model two-layer-net --hidden 8 --data images --out back.safetensors"
    )
    #expect(
      try folder.checkpoint("back.safetensors").tensors == folder.checkpoint("a/best.safetensors").tensors)
    let texts = try folder.checkpoint("back.safetensors").metadata
    #expect(texts["lemnos.image"] == "1x4x4")
    #expect(try texts["lemnos.classes"] == folder.checkpoint("a/best.safetensors").metadata["lemnos.classes"])
    let measured = try ["a/best.safetensors", "back.safetensors"].map {
      try folder.succeed("evaluate --backend cpu --checkpoint \($0) --json").output
    }
    #expect(measured[0] == measured[1])
  }

  @Test("write an ONNX model beside the checkpoint, or where they are told to")
  func onnx() throws {
    let folder = try trained()
    let result = try folder.succeed("export a/last.safetensors --to onnx")
    #expect(result.output.contains("takes 'input', [batch, 1, 4, 4] of pixels from 0 to 255"))
    #expect(try folder.contents().keys.contains("a/last.onnx"))
    let fixed = try folder.succeed("export a/best.safetensors --to onnx --batch-size 3 --out net.onnx")
    #expect(fixed.output.contains("net.onnx: a two-layer-net that takes 'input', [3, 1, 4, 4]"))
  }

  @Test("keep the first filters that an imported ResNet has")
  func stem() throws {
    let folder = try TemporaryFolder()
    try TinyImages(side: 12).write(to: folder)
    // For images this small, a network not imported would have a stem of 3×3 filters.
    var configuration = "train --backend cpu --data images --model resnet18 --batch-size 4 --train-samples 4"
    configuration += " --normalize per-channel --epochs 1 --accuracy-samples 4 --validation-samples 2 --out a"
    try folder.succeed(configuration)
    try folder.succeed("export a/best.safetensors --to pytorch --out net.safetensors")
    var net = try folder.checkpoint("net.safetensors")
    let weight = try #require(net.tensors["conv1.weight"])
    #expect(weight.shape == [64, 1, 3, 3])
    net.tensors["conv1.weight"] = .init([Float](repeating: 0.1, count: 64 * 49), shape: [64, 1, 7, 7])
    try net.write(to: folder.path(of: "large.safetensors"))
    let line =
      "import large.safetensors --model resnet18 --data images --mean 0.5 --std 0.25 --out large7.safetensors"
    #expect(try folder.succeed(line).output.contains("a resnet18 of 10 classes"))
    try folder.succeed("evaluate --backend cpu --checkpoint large7.safetensors")
  }

  @Test("refuse what is there, what is not, and what does not fit")
  func refusals() throws {
    let folder = try trained()
    try folder.succeed("export a/best.safetensors --to pytorch --out net.safetensors")
    try folder.expectRefusal(
      "export a/best.safetensors --to onnx --out net.safetensors", code: 73, words: ["nothing is overwritten"]
    )
    try folder.expectRefusal(
      "export a/best.safetensors --to onnx --out no/net.onnx", code: 73, words: ["no/net.onnx", "written"])
    try folder.expectRefusal("export none.safetensors --to onnx", code: 66, words: ["none.safetensors"])
    try folder.expectRefusal("export net.safetensors --to onnx", code: 65, words: ["lemnos train"])
    try folder.expectRefusal(
      "export a/best.safetensors --to onx", code: 64, words: ["Did you mean 'onnx'?"])
    try folder.expectRefusal(
      "export a/best.safetensors --to onnx --batch-size 0", code: 64, words: ["from 1"])
    try folder.expectRefusal(
      "export a/best.safetensors --to pytorch --batch-size 2", code: 64, words: ["for --to onnx"])
    try folder.expectRefusal(
      "export a/best.safetensors --to onnx --input 3x4x4", code: 65,
      words: ["'0.weight' as float32[16, 8]", "float32[48, 8]"])
    var hollow = try folder.checkpoint("a/best.safetensors")
    hollow.metadata["lemnos.run"] = hollow.metadata["lemnos.run"]?
      .replacing("\"hidden\":[8]", with: "\"hidden\":[]")
    try hollow.write(to: folder.path(of: "hollow.safetensors"))
    try folder.expectRefusal("export hollow.safetensors --to onnx", code: 64, words: ["hidden layers"])
    let line = "import net.safetensors --data images --out new.safetensors --model"
    try folder.expectRefusal("\(line) resnet18", code: 65, words: ["net.safetensors", "'fc.bias'"])
    try folder.expectRefusal(
      "\(line) two-layer-net", code: 65, words: ["float32[8, 16]", "float32[1024, 16]"])
    try folder.expectRefusal(
      "\(line) two-layer-net --hidden 8 --mean 0.5", code: 64, words: ["--std"])
    try folder.expectRefusal(
      "\(line) two-layer-net --hidden 8 --mean 0.5 --std 0", code: 64, words: ["above 0"])
    try folder.expectRefusal(
      "\(line) two-layer-net --hidden 8 --mean a --std 1", code: 64, words: ["no list of numbers"])
    try folder.expectRefusal(
      "import net.safetensors --data images --model two-layer-net --hidden 8 --out a/last.safetensors",
      code: 73, words: ["nothing is overwritten"])
  }

  @Test(
    "take off what wrappers put before names, and say so",
    arguments: ["module.", "model.", "model.module._orig_mod."])
  func wrappers(prefix: String) throws {
    let folder = try trained()
    try folder.succeed("export a/best.safetensors --to pytorch --out net.safetensors")
    let net = try folder.checkpoint("net.safetensors")
    var wrapped = net
    wrapped.tensors = Dictionary(
      uniqueKeysWithValues: net.tensors.map { name, values in
        (prefix + name, TensorValues(converting: values.doubles, shape: values.shape, to: .float64))
      })
    try wrapped.write(to: folder.path(of: "wrapped.safetensors"))
    let line =
      "import wrapped.safetensors --model two-layer-net --hidden 8 --data images --out back.safetensors"
    let said = try folder.succeed(line).output
    for part in prefix.split(separator: ".") { #expect(said.contains("\(part).")) }
    #expect(said.contains("wrapped.safetensors: its float64 numbers are rounded to float32."))
    #expect(
      try folder.checkpoint("back.safetensors").tensors == folder.checkpoint("a/best.safetensors").tensors)
    // A prefix of only some names is part of those names.
    wrapped.tensors["other.weight"] = .init([Float(1)], shape: [1])
    try wrapped.write(to: folder.path(of: "mixed.safetensors"))
    try folder.expectRefusal(
      line.replacing("wrapped", with: "mixed").replacing("back", with: "new"), code: 65, words: ["'2.bias'"])
  }

  @Test(
    "and everything that reads a network refuse one with numbers that are not finite, and name the tensor")
  func broken() throws {
    let folder = try trained()
    try writePictures(to: folder)
    try folder.succeed("export a/best.safetensors --to pytorch --out net.safetensors")
    for (file, broken) in [("a/best", "best"), ("net", "torn")] {
      var checkpoint = try folder.checkpoint("\(file).safetensors")
      let values = try #require(checkpoint.tensors["0.weight"])
      var numbers = values.elements(as: Float.self)
      numbers[3] = .nan
      numbers[5] = .infinity
      checkpoint.tensors["0.weight"] = .init(numbers, shape: values.shape)
      try checkpoint.write(to: folder.path(of: "\(broken).safetensors"))
    }
    for line in [
      "import torn.safetensors --model two-layer-net --hidden 8 --data images --out new.safetensors",
      "evaluate --backend cpu --checkpoint best.safetensors",
      "predict best.safetensors pictures/red/1.jpg",
      "train \(TinyImages.options) --from best.safetensors",
      "export best.safetensors --to onnx", "export best.safetensors --to pytorch",
    ] {
      try folder.expectRefusal(line, code: 65, words: ["NaN (2 of 128 numbers)", "'0.weight'"])
    }
  }

  @Test("and everything that reads a checkpoint say what to do with a file of torch.save")
  func pickles() throws {
    let folder = try trained()
    try folder.write([0x80, 2, 0x8A, 0x0A, 0x6C], as: "net.pt")
    for line in [
      "import net.pt --model two-layer-net --data images --out new.safetensors",
      "evaluate --checkpoint net.pt", "predict net.pt x.png", "export net.pt --to onnx",
      "train \(TinyImages.options) --from net.pt", "train --resume net.pt",
    ] {
      let result = try folder.lemnos(line)
      #expect(result.code == 65)
      #expect(result.errors.hasPrefix("lemnos: net.pt: was written by torch.save"))
      #expect(result.errors.contains(#"(torch.load("net.pt", map_location="cpu"), "net.safetensors")"#))
    }
  }
}
