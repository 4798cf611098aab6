import Checkpoints
import Tensors
import TestSupport
import Testing

@Suite("A checkpoint that cannot be used")
struct BadCheckpointTests {
  private static let last = "train --resume run/last.safetensors"

  static let rows: [BadInput] = [
    BadInput("evaluate --checkpoint none.safetensors", 66, "none.safetensors"),
    BadInput("train --resume none.safetensors", 66, "none.safetensors"),
    BadInput("evaluate --checkpoint run", 65, "run", "is not a file"),
    BadInput("evaluate --checkpoint text.safetensors", 65, "text.safetensors", "no safetensors file"),
    BadInput("evaluate --checkpoint cut.safetensors", 65, "cut.safetensors", "truncated"),
    BadInput("train --resume cut.safetensors", 65, "cut.safetensors", "truncated"),
    BadInput("evaluate --checkpoint foreign.safetensors", 65, "not of a run of lemnos train"),
    BadInput("train --resume foreign.safetensors", 65, "not of a run of lemnos train"),
    BadInput("evaluate --checkpoint settings.safetensors", 65, "not of a run of lemnos train"),
    BadInput("train --resume history.safetensors", 65, "history.safetensors", "no run to go on with"),
    BadInput("train --resume negative.safetensors", 65, "negative.safetensors", "step"),
    BadInput("train --resume ahead.safetensors", 65, "ahead.safetensors", "step"),
    BadInput("train --resume moments.safetensors", 65, "moments.safetensors", "optimizer.velocity.0.weight"),
    BadInput("train --resume run/best.safetensors", 65, "run/best.safetensors", "last.safetensors"),
    BadInput(
      "evaluate --checkpoint run/best.safetensors --data larger", 65, "'0.weight'", "[16, 8]", "[25, 8]"),
    BadInput("\(last) --data larger", 65, "'0.weight'", "[16, 8]", "[25, 8]"),
    BadInput("\(last) --data none", 66, "none"),
    BadInput("\(last) --epochs 0", 64, "epochs is 0"),
    BadInput("\(last) --model two-layer-net", 64, "--model cannot change"),
    BadInput("\(last) --hidden 8", 64, "--hidden cannot change"),
    BadInput("\(last) --batch-size 4", 64, "--batch-size cannot change"),
    BadInput("\(last) --optimizer sgd", 64, "--optimizer cannot change"),
    BadInput("\(last) --learning-rate 0.1", 64, "--learning-rate cannot change"),
    BadInput("\(last) --lr-decay 1", 64, "--lr-decay cannot change"),
    BadInput("\(last) --reg 0", 64, "--reg cannot change"),
    BadInput("\(last) --weight-scale 1", 64, "--weight-scale cannot change"),
    BadInput("\(last) --normalize mean", 64, "--normalize cannot change"),
    BadInput("\(last) --validation 0", 64, "--validation cannot change"),
    BadInput("\(last) --train-samples 9", 64, "--train-samples cannot change"),
    BadInput("\(last) --seed 1", 64, "--seed cannot change"),
    BadInput("\(last) --out other", 64, "--out cannot change"),
  ]

  /// A short run and every damaged variant of its files that the rows name: made once, because a run takes
  /// longer than a refusal.
  private static let damaged = Result {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    try TinyImages(side: 5).write(to: folder, as: "larger")
    try folder.succeed("train \(TinyImages.options) --epochs 1 --out run")
    let bytes = try folder.read("run/last.safetensors")
    try folder.write(bytes.prefix(bytes.count / 2), as: "cut.safetensors")
    try folder.write("no checkpoint at all".utf8, as: "text.safetensors")
    try Checkpoint(tensors: ["w": TensorValues([Float(1)], shape: [])])
      .write(to: folder.path(of: "foreign.safetensors"))
    let changes: [(String, (inout Checkpoint) -> Void)] = [
      ("settings", { $0.metadata["lemnos.run"] = #"{"hidden":"many"}"# }),
      ("history", { $0.metadata["history.epochs"] = "[{}]" }),
      ("negative", { $0.tensors["step"] = TensorValues([Int32(-5)], shape: []) }),
      ("ahead", { $0.tensors["step"] = TensorValues([Int32(100)], shape: []) }),
      ("moments", { $0.tensors["optimizer.velocity.0.weight"] = nil }),
    ]
    for (name, change) in changes {
      var checkpoint = try folder.checkpoint("run/last.safetensors")
      change(&checkpoint)
      try checkpoint.write(to: folder.path(of: "\(name).safetensors"))
    }
    return try folder.contents()
  }

  @Test("gets one clear sentence", arguments: rows)
  func refusal(_ input: BadInput) throws {
    let folder = try TemporaryFolder()
    for (name, bytes) in try Self.damaged.get() {
      if let bytes { try folder.write(bytes, as: name) }
    }
    try folder.expectRefusal(input.line, code: input.code, words: input.words)
  }
}
