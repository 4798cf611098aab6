import Checkpoints
import TestSupport
import Testing

@Suite("lemnos train --resume")
struct ResumeTests {
  @Test("goes on as if the run had never stopped")
  func twoAndTwo() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let line = "train \(TinyImages.options)"
    let whole = try folder.succeed(line + " --epochs 4 --out whole")
    try folder.succeed(line + " --epochs 2 --out halves")
    let second = try folder.succeed("train --resume halves/last.safetensors --epochs 4 --backend cpu")
    try expectSameRun(folder, "whole", "halves")
    let best = try folder.checkpoint("halves/best.safetensors").tensors
    #expect(try folder.checkpoint("whole/best.safetensors").tensors == best)
    let accuracy = try #require(
      whole.output.firstMatch(of: /Test accuracy .* images, with .* epoch \d/)?.output)
    #expect(second.output.contains(accuracy))
  }

  @Test("goes on with schedule, warm-up, weight decay, clipping and smoothing, with the same bits")
  func settings() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let line =
      "train \(TinyImages.options) --optimizer adamw --weight-decay 0.05 --clip-norm 0.5 --label-smoothing 0.1 "
      + "--normalize per-channel --schedule step --lr-milestones 1,3 --warmup-epochs 2 --learning-rate 0.01"
    try folder.succeed(line + " --epochs 4 --out whole")
    try folder.succeed(line + " --epochs 2 --out halves")
    try folder.succeed("train --resume halves/last.safetensors --epochs 4 --backend cpu")
    try expectSameRun(folder, "whole", "halves")
    let whole = try folder.checkpoint("whole/last.safetensors")
    // Each of these options matters.
    for option in [
      "--clip-norm 0.5 ", "--label-smoothing 0.1 ", "--weight-decay 0.05 ", "--warmup-epochs 2 ",
    ] {
      let out = "other" + option.prefix(8)
      try folder.succeed(line.replacing(option, with: "") + " --epochs 4 --out \(out)")
      #expect(
        try folder.checkpoint("\(out)/last.safetensors").tensors["0.weight"] != whole.tensors["0.weight"],
        "\(option)")
    }
  }

  @Test("goes on with averages of parameters and of gradients, with the same bits")
  func averages() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    let line = "train \(TinyImages.options) --ema 0.9 --accumulate 2 --clip-value 0.02"
    try folder.succeed(line + " --epochs 4 --out whole")
    try folder.succeed(line + " --epochs 2 --out halves")
    try folder.succeed("train --resume halves/last.safetensors --epochs 4 --backend cpu")
    try expectSameRun(folder, "whole", "halves")
    let whole = try folder.checkpoint("whole/last.safetensors")
    #expect(whole.tensors["optimizer.trained.0.weight"] != whole.tensors["0.weight"])
    // Each of them matters.
    for option in [" --ema 0.9", " --accumulate 2", " --clip-value 0.02"] {
      let out = "other" + option.filter(\.isLetter)
      try folder.succeed(line.replacing(option, with: "") + " --epochs 4 --out \(out)")
      #expect(
        try folder.checkpoint("\(out)/last.safetensors").tensors["0.weight"] != whole.tensors["0.weight"],
        "\(option)")
    }
    try folder.expectRefusal(
      "train --resume halves/last.safetensors --ema 0.5", code: 64, words: ["--ema cannot change"])
  }

  @Test("says that a schedule that ended has ended")
  func ended() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    try folder.succeed("train \(TinyImages.options) --schedule cosine --epochs 2 --out a")
    try folder.expectRefusal(
      "train --resume a/last.safetensors --epochs 3 --backend cpu", code: 64,
      words: ["cosine schedule ends after 2 epochs", "begin a new run"])
    try folder.expectRefusal(
      "train --resume a/last.safetensors --schedule constant --backend cpu", code: 64,
      words: ["--schedule cannot change"])
    try folder.succeed("train --resume a/last.safetensors --backend cpu")
  }

  @Test("keeps computing blocks again")
  func recomputation() throws {
    let folder = try TemporaryFolder()
    try TinyImages(training: 20).write(to: folder)
    let line = "train --backend cpu --data images --model vgg11 --batch-size 6 --recompute blocks"
    try folder.succeed(line + " --epochs 2 --out whole")
    try folder.succeed(line + " --epochs 1 --out halves")
    try folder.expectRefusal(
      "train --resume halves/last.safetensors --recompute none --backend cpu", code: 64,
      words: ["--recompute cannot change"])
    try folder.succeed("train --resume halves/last.safetensors --epochs 2 --backend cpu")
    try expectSameRun(folder, "whole", "halves")
  }

  @Test("has nothing left to do for a run that is done")
  func done() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    try folder.succeed("train \(TinyImages.options) --epochs 2 --out a")
    let before = try folder.contents()
    let result = try folder.succeed("train --resume a/last.safetensors --backend cpu")
    #expect(result.output.contains("Test accuracy"))
    #expect(try folder.contents() == before)
  }

  @Test("goes on after Ctrl-C in the middle of an epoch, with the same bits")
  func interrupted() throws {
    let folder = try TemporaryFolder()
    // 1,000 steps per epoch, and so many epochs that only Ctrl-C ends the run.
    let line = "train --backend cpu --hidden 8 --train-samples 5000 --batch-size 5"
    let command = try Command("\(line) --epochs 1000000 --print-every 7 --out parts", in: folder)
    try command.interrupt(after: "step 7/")
    let stopped = try command.result()
    #expect(stopped.code == 130)
    let message =
      /lemnos: stopped after step (\d+)\. Go on with: \S*lemnos (train --resume parts\/last\.safetensors)\n/
    let (_, step, advice) = try #require(stopped.errors.wholeMatch(of: message)?.output)
    #expect(stopped.lines.last?.hasPrefix("step ") == true)

    let epochs = try #require(Int(step)) / 1000 + 1
    try folder.succeed("\(advice) --epochs \(epochs) --backend cpu")
    try folder.succeed("\(line) --epochs \(epochs) --out whole")
    try expectSameRun(folder, "whole", "parts")
  }

  @Test("keeps the last checkpoint when the disk is full")
  func fullDisk() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    try folder.succeed("train \(TinyImages.options) --hidden 100 --epochs 1 --out a")
    let before = try folder.read("a/last.safetensors")
    let result = try folder.lemnos(
      "train --resume a/last.safetensors --epochs 2 --backend cpu", fileSizeLimit: 4)
    #expect(result.code == 73)
    #expect(result.errors.contains(/lemnos: a\/.*\.safetensors: cannot be written: File too large\n/))
    #expect(try folder.read("a/last.safetensors") == before)
    #expect(!(try folder.names(in: "a")).contains { $0.hasSuffix(".tmp") })
  }

  /// Compares the tensors first, because they name a difference; then every byte, including the history and
  /// settings.
  private func expectSameRun(_ folder: TemporaryFolder, _ a: String, _ b: String) throws {
    let other = try folder.checkpoint("\(b)/last.safetensors").tensors
    for (name, values) in try folder.checkpoint("\(a)/last.safetensors").tensors {
      #expect(other[name] == values, "\(name)")
    }
    #expect(try folder.read("\(a)/last.safetensors") == folder.read("\(b)/last.safetensors"))
  }
}
