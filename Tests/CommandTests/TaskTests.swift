import Checkpoints
import Foundation
import Pictures
import TestSupport
import Testing

@Suite("lemnos trains on other things than classes of images")
struct TaskTests {
  /// Two numbers, a town and an optional garden, with the targets price and kind.
  private static func houses(_ rows: Range<Int>, isTold: Bool = true) -> String {
    let lines = rows.map { row -> String in
      let (size, age, town) = (40 + row * 37 % 100, row * 13 % 60, ["Rome", "Oslo", "Lima"][row * 7 % 3])
      let garden = row * 5 % 2
      let price = 2000 * size - 500 * age + (town == "Rome" ? 50_000 : 0) + 20_000 * garden
      let told = isTold ? ",\(price),\(size > 90 ? "villa" : "flat"),\(town == "Oslo" ? 1 : 0)" : ""
      return "\(row),\(row % 29 == 3 ? "" : "\(size)"),\(age),\"\(town)\",\(garden)\(told)"
    }
    return "id,size,age,town,garden\(isTold ? ",price,kind,north" : "")\n" + lines.joined(separator: "\n")
      + "\n"
  }

  private static func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(houses(0..<300).utf8, as: "houses.csv")
    try folder.write(houses(300..<310, isTold: false).utf8, as: "new.csv")
    return folder
  }

  private func fail(in folder: TemporaryFolder, _ line: String) throws -> Command.Result {
    let result = try folder.lemnos(line)
    #expect(result.code != 0 && result.code < 128, "\(line): \(result.code)")
    return result
  }

  /// Runs a command that may print notes on standard error.
  private func run(in folder: TemporaryFolder, _ line: String) throws -> Command.Result {
    let result = try folder.lemnos(line)
    try #require(result.code == 0, "\(line): \(result.errors)")
    return result
  }

  private func metrics(_ line: String) throws -> [String: Double] {
    struct Measured: Decodable { let measured: [String: Double] }
    return try JSONDecoder().decode(Measured.self, from: Data(line.utf8)).measured
  }

  @Test("tells numbers of a table, measures them, and predicts them beside the rows of another one")
  func regression() throws {
    let folder = try Self.folder()
    let line =
      "train --data houses.csv --target price --leave-out id,kind,north --epochs 60 --learning-rate 0.01"
    let trained = try folder.succeed("\(line) --out a")
    #expect(trained.output.contains("mlp (hidden 64, 64)"))
    #expect(trained.output.contains("on 243 rows of houses.csv"))
    #expect(
      trained.output.contains("size: numbers, 11 missing") && trained.output.contains("town: 3 categories"))
    #expect(trained.output.contains("validation rmse ") && trained.output.contains("r2 0.9"))
    #expect(try folder.succeed("plan --task reconstruction --backend cpu").output.hasPrefix("autoencoder, "))
    let measured = try folder.succeed("evaluate --checkpoint a/best.safetensors --json").lines
    #expect(try measured.count == 2 && metrics(measured[1])["r2"] ?? 0 > 0.9)

    let planned = try folder.succeed("plan --data houses.csv --target price --leave-out id --backend cpu")
    #expect(planned.output.contains(/^mlp \(hidden 64, 64\), .* rows of houses\.csv/))
    #expect(planned.output.contains(/All \d+ rows would fit into one batch/))
    let predicted = try folder.succeed("predict a/best.safetensors new.csv").lines
    #expect(predicted[0] == "id,size,age,town,garden,price_predicted" && predicted.count == 11)
    #expect(predicted[1].hasPrefix("300,40,0,Oslo,0,") || predicted[1].hasPrefix("300,"))
    let prices = predicted.dropFirst().compactMap { $0.split(separator: ",").last.flatMap { Double($0) } }
    #expect(prices.count == 10 && prices.allSatisfy { (20_000...400_000).contains($0) })
    try folder.succeed("predict a/best.safetensors new.csv --out told.csv")
    #expect(
      try String(contentsOfFile: "\(folder.path)/told.csv", encoding: .utf8) == predicted.joined(
        separator: "\n") + "\n")
    #expect(
      try fail(in: folder, "predict a/best.safetensors new.csv --out told.csv").errors.contains(
        "nothing is overwritten"))
    let objects = try folder.succeed("predict a/best.safetensors new.csv --json").lines
    #expect(objects.count == 10 && objects[0].contains("\"predicted\":{\"price\":"))

    // The same run, interrupted and resumed, is bitwise equal.
    try folder.succeed(line.replacing("--epochs 60", with: "--epochs 5") + " --out b")
    try folder.succeed("train --resume b --epochs 60")
    #expect(
      try Checkpoint(contentsOf: "\(folder.path)/a/best.safetensors").tensors
        == Checkpoint(contentsOf: "\(folder.path)/b/best.safetensors").tensors)
    try folder.succeed("export a/best.safetensors --to onnx")
    #expect(try folder.succeed("runs .").output.contains("rmse"))
    #expect(try folder.succeed("runs . --sort r2").lines.count == 3)
    try folder.succeed("report a b")
  }

  @Test("tells classes and labels of a table")
  func classes() throws {
    let folder = try Self.folder()
    let line = "train --data houses.csv --epochs 40 --learning-rate 0.01 --leave-out id,price"
    #expect(try folder.succeed("\(line) --target kind --out a").output.contains("validation accuracy 0.9"))
    let predicted = try folder.succeed("predict a/best.safetensors houses.csv").lines
    #expect(predicted[0].hasSuffix(",kind_predicted,kind_probability"))
    #expect(predicted.dropFirst().count { $0.contains(",villa,") && $0.contains("villa,") } > 50)
    // Zeros and ones are classes if the task says so.
    #expect(
      try folder.succeed("\(line),kind --target north --task classification --epochs 2 --out b").output
        .contains("Test accuracy"))
    let weighed = try folder.succeed(
      "\(line) --target kind --class-weights balanced --sampling balanced --epochs 2 --out d")
    #expect(weighed.output.contains("Test accuracy"))
    #expect(try folder.read("d/config.yaml").count > 0)
    try folder.succeed("train --config d/config.yaml --out e")
    #expect(
      try fail(in: folder, "\(line) --target kind --class-weights 1,2,3 --out f").errors.contains(
        "the weights of classes are 3 numbers, but have to be 2"))
    try folder.succeed(
      "train --class-weights balanced --sampling balanced --train-samples 200 --epochs 1 --quiet --out g")
    let chosen = try folder.succeed("\(line) --target kind --metrics f1,auc,top1 --epochs 2 --out h")
    #expect(chosen.output.contains("validation f1 0.") && chosen.output.contains("top1 "))
    #expect(
      try folder.succeed("evaluate --checkpoint h/best.safetensors").output.contains(
        #/Test: loss .*auc .*f1 .*top1 /#))
    #expect(
      try fail(in: folder, "\(line) --target kind --metrics f2 --out i").errors.contains(
        "'f2' is no metric. Did you mean 'f1'?"))
    let labels = try folder.succeed("\(line),kind --target north,garden --task multi-label --out c").output
    #expect(labels.contains("f1 "))
    let header = try folder.succeed("predict c/best.safetensors houses.csv").lines[0]
    #expect(header.hasSuffix(",north_probability,garden_probability"))
  }

  @Test("finds squares in pictures, and writes masks of them")
  func masks() throws {
    let folder = try TemporaryFolder()
    try writePairs(to: folder)
    let line =
      "train --data pairs --task segmentation --image-size 16 --batch-size 4 --learning-rate 0.005 --random-flip"
    let trained = try run(in: folder, "\(line) --epochs 12 --out a")
    #expect(trained.errors.contains("the classes of masks are '0', '255'"))
    let measured = try run(in: folder, "evaluate --checkpoint a/best.safetensors --json").lines
    #expect(try metrics(measured[1])["accuracy"] ?? 0 > 0.9)
    #expect(
      try metrics(run(in: folder, "evaluate --checkpoint a/best.safetensors --data pairs --json").lines[0])
        == metrics(measured[1]))
    let predicted = try folder.succeed("predict a/best.safetensors pairs/images --out masks")
    #expect(predicted.lines.count == 30 && predicted.lines[0].hasSuffix("masks/0.png"))
    let mask = try Picture(png: Array(Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/masks/0.png"))))
    #expect((mask.width, mask.height, mask.channels) == (16, 16, 1))
    #expect(Set(mask.pixels) == [0, 255])
    try folder.succeed("export a/best.safetensors --to onnx")
    _ = try run(in: folder, "train --resume a --epochs 13")
    #expect(
      try run(in: folder, "plan --data pairs --task segmentation --image-size 16 --backend cpu").output
        .hasPrefix("unet, "))
    // The squares alone are a class.
    let alone = try run(in: folder, "\(line) --ignore-label 0 --metrics accuracy --epochs 1 --out b")
    #expect(alone.errors.contains("the classes of masks are '255'\n"))
    // With one class there is nothing to get wrong.
    #expect(alone.output.contains("accuracy 1.0000"))
  }

  @Test("makes images again")
  func reconstruction() throws {
    let folder = try TemporaryFolder()
    try writePairs(to: folder)
    let trained = try folder.succeed("train --task reconstruction --train-samples 500 --epochs 4 --out a")
    #expect(trained.output.contains("autoencoder, ") && trained.output.contains("validation rmse 0."))
    let measured = try folder.succeed("evaluate --checkpoint a/best.safetensors --json").lines
    #expect(try measured.count == 2 && metrics(measured[1])["rmse"] ?? 1 < 0.3)
    try folder.succeed("predict a/best.safetensors pairs/images/0.png pairs/images/1.png --out again")
    let again = try Picture(png: Array(Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/again/1.png"))))
    #expect((again.width, again.height, again.channels) == (28, 28, 1))
    try folder.succeed("export a/best.safetensors --to onnx")
  }

  @Test(
    "says in a sentence what does not go together",
    arguments: [
      ("train --data houses.csv", "which column of houses.csv is to be told? Name it: --target price"),
      ("train --data houses.csv --target prise", "there is no column 'prise'; did you mean 'price'?"),
      (
        "train --data houses.csv --target price --model resnet18",
        "houses.csv is a table, and a resnet18 takes images; --model mlp is for tables"
      ),
      (
        "train --model mlp",
        "an mlp takes tables such as houses.csv, and fashion-mnist-small is none; other networks take images"
      ),
      (
        "train --target price",
        "--target, --leave-out and --categorical name columns of a table, and fashion-mnist-small is none"
      ),
      ("train --task regression", "regression takes a table, and fashion-mnist-small is none"),
      ("train --task segmentation", "fashion-mnist-small"),
      ("train --model unet --task classification", "a unet is for segmentation, not for classification"),
      (
        "train --data houses.csv --target kind --task regression",
        "the target 'kind' holds 2 categories, and a regression tells numbers"
      ),
      ("train --data houses.csv --target size --leave-out kind", "the target 'size' is missing in 11 rows"),
      ("train --data houses.csv --target price,age --task multi-label", "the target 'price' is no label"),
      (
        "train --data houses.csv --target price --random-flip", "rows of a table cannot be flipped or shifted"
      ),
      (
        "train --data houses.csv --target price --label-smoothing 0.1",
        "--label-smoothing is for a class of each example"
      ),
      (
        "train --data houses.csv --target price --class-weights balanced --leave-out kind",
        "--class-weights is for a class of each example"
      ),
      ("import houses.csv --model unet --out a", "a unet cannot be looked at by this command"),
      ("train --data missing.csv --target price", "missing.csv"),
      (
        "plan --model unet --task segmentation --input 3x32x32",
        "a unet is planned on the examples of --data; leave --input out"
      ),
      ("summary autoencoder", "an autoencoder cannot be looked at by this command"),
    ])
  func refusals(_ line: String, _ message: String) throws {
    let folder = try Self.folder()
    let result = try fail(in: folder, "\(line)\(line.hasPrefix("train") ? " --out a" : "")")
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/a"))
  }

  @Test("says in a sentence what is wrong with pairs of pictures and masks")
  func badPairs() throws {
    let folder = try TemporaryFolder()
    try writePairs(to: folder, count: 12)
    let line = "train --data pairs --task segmentation --out a"
    try FileManager.default.removeItem(atPath: "\(folder.path)/pairs/masks/3.png")
    #expect(
      try fail(in: folder, line).errors.contains("pairs/images/3.png: there is no mask of this name in "))
    try folder.write(
      Picture(width: 4, height: 4, channels: 1, pixels: .init(repeating: 0, count: 16)).png,
      as: "pairs/masks/3.png")
    #expect(
      try fail(in: folder, line).errors.contains(
        "pairs/masks/3.png: is a mask of 4×4 pixels, but the picture has 20×16"))
    try FileManager.default.removeItem(atPath: "\(folder.path)/pairs/images/3.png")
    #expect(
      try fail(in: folder, line).errors.contains("pairs/masks/3.png: there is no picture of this name in "))
  }
}
