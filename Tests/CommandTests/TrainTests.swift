import Foundation
import TestSupport
import Testing

@Suite("lemnos train")
struct TrainTests {
  /// The files of a run of a net without convolutions.
  private static let files = [
    "best.safetensors", "config.yaml", "events.out.tfevents", "inspection.json", "last.safetensors",
    "metrics.jsonl",
    "mistakes.png", "report.html",
  ]

  /// The names in a run's folder, with the time and host removed from TensorBoard's file name.
  private func filesOfRun(_ path: String, _ folder: TemporaryFolder) throws -> [String] {
    // Runs of more than one epoch also have earlier checkpoints.
    let names = try folder.names(in: path).filter { !$0.hasPrefix("last-") }
    return names.map { $0.hasPrefix("events.out.tfevents.") ? "events.out.tfevents" : $0 }
  }

  @Test("saves each run in a folder of its own, and the same run with the same bytes")
  func plainRuns() throws {
    let folder = try TemporaryFolder()
    let line = "train --hidden 16 --epochs 2 --train-samples 500"
    let result = try folder.succeed(line)
    let first = try #require(try folder.names(in: "runs").first)
    #expect(first.wholeMatch(of: /\d{4}-\d{2}-\d{2}-two-layer-net-1/) != nil)
    #expect(try filesOfRun("runs/\(first)", folder) == TrainTests.files)
    #expect(
      result.lines.first
        == "two-layer-net (hidden 16), 12,730 parameters, on 500 images of fashion-mnist-small")
    #expect(result.lines.filter { $0.hasPrefix("epoch ") }.count == 2)
    #expect(result.output.contains(/Test accuracy 0\.\d{4} on 1,000 images/))
    #expect(result.output.contains("Saved in runs/\(first).\n"))

    try folder.succeed(line)
    let second = try #require(try folder.names(in: "runs").last)
    #expect(second.hasSuffix("-two-layer-net-2"))
    for file in ["best.safetensors", "last.safetensors"] {
      #expect(try folder.read("runs/\(first)/\(file)") == folder.read("runs/\(second)/\(file)"))
    }
    try folder.succeed(line + " --seed 232 --out other")
    #expect(try folder.read("runs/\(first)/last.safetensors") != folder.read("other/last.safetensors"))
  }

  @Test("--json prints one JSON object on each line")
  func json() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let result = try folder.succeed("train \(TinyImages.options) --epochs 2 --json --print-every 9 --out a")
    let events = try result.lines.map { line in
      try #require(try JSONSerialization.jsonObject(with: Foundation.Data(line.utf8)) as? [String: Any])
    }
    #expect(
      events.map { $0["event"] as? String } == ["begin", "step", "epoch", "step", "epoch", "end"])
    #expect(events.first?["stepsPerEpoch"] as? Int == 9)
    #expect(events.first?["trainingExamples"] as? Int == 36)
    #expect(events.compactMap { $0["step"] as? Int } == [9, 9, 18, 18])
    #expect(events[1...4].allSatisfy { $0["loss"] is Double })
    #expect(events.last?["testExamples"] as? Int == 20)
    #expect((events.last?["test"] as? [String: Double])?.keys.sorted() == ["accuracy", "loss"])
    #expect(events.last?["folder"] as? String == "a")
  }

  @Test("--verbose says on the CPU that there is nothing to count")
  func verbose() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let lines = try folder.succeed("train \(TinyImages.options) --epochs 2 --out a --verbose").lines
    #expect(lines.contains("It runs kernels in place: there is nothing to record or to submit."))
    #expect(
      lines.contains {
        $0.contains(/^Resident memory: \d+\.\d MB after the first epoch, \d+\.\d MB after the last\.$/)
      })
    #expect(
      lines.last?.contains(
        /^2 checkpoints, on the disk in \d+ ms at most; training waited \d+ ms at most for one\.$/)
        == true)
  }

  @Test("--print-every prints the loss after so many steps")
  func printEvery() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let result = try folder.succeed("train \(TinyImages.options) --epochs 2 --print-every 5 --out a")
    let steps = result.lines.compactMap { $0.wholeMatch(of: /step (\d+)\/18 loss (.+)/)?.output }
    #expect(steps.map(\.1) == ["5", "10", "15"])
    #expect(steps.allSatisfy { Double($0.2)?.isFinite == true })
  }

  @Test("--config begins with the settings of another run, and options come after them")
  func configuration() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    try folder.succeed("train \(TinyImages.options) --epochs 2 --schedule cosine --clip-norm 3 --out a")
    try folder.succeed("train --config a/config.yaml --backend cpu --out b")
    #expect(try folder.read("a/config.yaml") == folder.read("b/config.yaml"))
    #expect(try folder.read("a/last.safetensors") == folder.read("b/last.safetensors"))
    try folder.succeed("train --config a/config.yaml --backend cpu --out c --seed 5 --epochs 1")
    let text = String(decoding: try folder.read("c/config.yaml"), as: UTF8.self)
    #expect(text.contains("seed: 5\n") && text.contains("epochs: 1\n") && text.contains("clipNorm: 3\n"))
  }

  @Test(
    "--config says what is wrong in the file, in one sentence",
    arguments: [
      ("learningrate: 1", "there is no setting 'learningrate'; did you mean 'learningRate'?"),
      ("[1, 2]", "no list of settings"),
      ("epochs: many", "'epochs' has a value that it cannot have"), ("epochs: [1", "line "),
      ("a: &x 1\nb: *x", "alias"),
      ("seed: 1\nseed: 2", "twice"), ("model: transformer", "'model' has a value"),
      (
        "{a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: 1}}}}}}}}}}}}}}}}}}",
        "levels deep"
      ),
    ])
  func wrongConfiguration(text: String, words: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(Array(text.utf8), as: "wrong.yaml")
    try folder.expectRefusal(
      "train --config wrong.yaml", code: 65, words: ["wrong.yaml cannot be used: ", words])
  }

  @Test(
    "--config refuses what no run can have, however great it is",
    arguments: [
      ("batchSize: 9223372036854775807", "the batch size is 9223372036854775807"),
      ("batchSize: -9223372036854775808", "the batch size is"),
      ("schedule: cosine\nscheduleEpochs: 0", "the schedule takes 0 epochs"),
      ("schedule: cosine\nscheduleEpochs: 9223372036854775807", "the schedule takes"),
      ("testSamples: 0", "measured on 0 images"), ("testSamples: -1", "measured on -1 images"),
      ("hidden: []", "hidden layers"), ("hidden: [9223372036854775807]", "too large"),
      ("validation: 1e300", "validation"), ("epochs: -9223372036854775808", "epochs"),
    ])
  func impossibleConfiguration(text: String, words: String) throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    // Some values are used in computations before the trainer checks them.
    let isBatch = text.hasPrefix("batchSize")
    try folder.write(
      Array("data: images\n\(text)\n\(isBatch ? "" : "batchSize: 4\n")".utf8), as: "wild.yaml")
    let options = isBatch ? " --fast-dev-run" : ""
    try folder.expectRefusal("train --config wild.yaml --backend cpu\(options)", code: 64, words: [words])
  }

  @Test("--quiet prints nothing")
  func quiet() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let result = try folder.succeed("train \(TinyImages.options) --epochs 1 --quiet --out a")
    #expect(result.output.isEmpty && result.errors.isEmpty)
  }

  @Test("--out makes the folder, and those above it", arguments: ["a", "a/b/c", "./a", "a/", "a//b"])
  func out(path: String) throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    try folder.succeed("train \(TinyImages.options) --epochs 1 --out \(path)")
    #expect(try filesOfRun(path, folder) == TrainTests.files)
  }

  @Test(
    "learns with every model, rule and normalization",
    arguments: [
      "--model fully-connected-net --hidden 8,6", "--optimizer sgd", "--normalize mean --learning-rate 1e-5",
      "--model resnet20", "--optimizer adamw", "--schedule constant", "--schedule cosine --warmup-epochs 1",
      "--schedule one-cycle", "--schedule step --lr-every 1", "--normalize per-channel --clip-norm 0.1",
      "--reg 0 --weight-scale 1e-2", "--validation 0", "--validation 10",
      "--batch-size 36", "--conventions pytorch --model resnet20",
    ])
  func variations(options: String) throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    try folder.succeed("train --backend cpu --data images --batch-size 4 --epochs 2 --out a \(options)")
    let measured = try folder.succeed("evaluate --checkpoint a/best.safetensors")
    #expect(measured.lines.last?.wholeMatch(of: /Test accuracy [01]\.\d{4}, loss .+, on 20 images\./) != nil)
  }

  @Test("warns of batch normalization with batches of one image")
  func batchesOfOne() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let line = "train --backend cpu --data images --model fully-connected-net --hidden 4 --epochs 1"
    let result = try folder.lemnos("\(line) --normalization batch --batch-size 1 --out a")
    #expect(result.code == 0)
    #expect(result.errors.hasPrefix("lemnos: batch normalization has batches of one image: "))
    #expect(result.errors.contains("nothing can be learned"))
    try folder.succeed("\(line) --normalization batch --batch-size 2 --out b")
    try folder.succeed("\(line) --normalization layer --batch-size 1 --out c")
    // As in PyTorch, there is no variance of one value.
    try folder.expectRefusal(
      "\(line) --normalization batch --batch-size 1 --conventions pytorch", code: 65,
      words: ["more than one number for each channel"])
  }
}
