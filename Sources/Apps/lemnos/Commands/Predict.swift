import ArgumentParser
import Files
import Lemnos
import Tensors
import Wording

/// The command `lemnos predict`.
struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what is on pictures, or what a table's rows come to, by a trained network.",
    discussion: """
      Pictures are PNG, JPEG, GIF, BMP or WebP files of any size. Each is scaled so that its shorter side fits the network's images, cut to its \
      middle, and made grey or RGB as they are, as pictures to train on are. A picture that its camera says is to be turned \
      (Exif) is turned. The checkpoint is enough: the data set is not needed.

      Of a folder each picture gets one line with its most likely class, unless --top says how many are to be shown.

      Of a network for texts the arguments are a table, which is written again with the classes beside it, or JSON Lines, files of text \
      or folders of them, of each text of which there is a line.

      Of a network for tables the argument is a table, with the columns that it goes by in any order. It is written again with the \
      predictions beside it. Networks that make pictures, masks or images again, write a PNG file for each picture into the folder \
      --out, of the network's size.

      With --backend auto a few pictures are predicted by the CPU, which is done before a graphics card would have begun.

      A picture that cannot be read is named on standard error; the others are answered, and the exit code is 1.

      Examples:
        lemnos predict runs/mine/best.safetensors cat.jpg dog.png
        lemnos predict runs/mine/best.safetensors holiday --top 1
        lemnos predict runs/mine/best.safetensors --json - < cat.jpg
        lemnos predict runs/houses/best.safetensors new.csv --out prices.csv
      """)

  @Argument(help: ArgumentHelp("A run's best.safetensors or last.safetensors.", valueName: "checkpoint"))
  var checkpoint: String

  @Argument(
    help: ArgumentHelp(
      "Files of pictures, folders with such files at any depth, or - for one from standard input; or a table.",
      valueName: "image|table"))
  var images: [String]

  @Option(
    help: ArgumentHelp(
      "A new file for a table with predictions (default: standard output), or a new folder for pictures that a network makes.",
      valueName: "path"))
  var out: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The most likely classes to show (default: 5).", valueName: "n"))
  var top: Int?

  @OptionGroup var backend: BackendOptions

  @Flag(help: "Print one JSON object for each picture or row.")
  var json = false

  /// The batch size in pictures, for reading and for inference.
  private static let picturesAtOnce = 32

  func validate() throws {
    if let top, top < 1 { throw ValidationError("--top is \(top), but has to be at least 1.") }
    guard !images.isEmpty else { throw ValidationError("Name a picture, a folder of them, or -.") }
    guard images.filter({ $0 == "-" }).count < 2 else {
      throw ValidationError("- stands for one picture from standard input, and can be named once.")
    }
  }

  mutating func run() throws {
    let file = try Checkpoint(modelIn: checkpoint)
    let configuration = try RunConfiguration(of: file, path: checkpoint)
    try configuration.check()
    switch configuration.model.takes {
    case .images: break
    case .table: return try predictRows(file, configuration)
    case .text:
      throw Failure(
        "\(checkpoint) is \(configuration.model.inWords), which goes on with texts: 'lemnos sample' is for it",
        code: 64)
    case .labeledTexts: return try predictTexts(file, configuration)
    case .masks, .plainImages: return try predictPictures(file, configuration)
    }
    guard out == nil else {
      throw ValidationError("--out is for tables, and for networks that make pictures; classes are printed.")
    }
    var isComplete = true
    func skip(_ error: DatasetError) {
      isComplete = false
      Terminal.writeError("lemnos: \(error)\n")
    }
    let threads = backend.threads ?? Processor.usualThreads
    let hasFolder = images.contains(where: PictureFile.isFolder)
    let paths = images.flatMap { name -> [FilePath] in
      guard PictureFile.isFolder(name) else { return [FilePath(name)] }
      do throws(DatasetError) {
        let (paths, leftOut) = try PictureFile.pictures(in: name, threads: threads)
        for count in leftOut { Terminal.writeError("lemnos: \(name): left out, \(count)\n") }
        guard paths.isEmpty else { return paths }
        throw DatasetError(.missing, path: name, "there are no pictures in the folder that can be read")
      } catch {
        skip(error)
        return []
      }
    }
    let predictor = try Predictor(
      configuration.makeModel(classes:), from: file, path: checkpoint, normalization: configuration.pixels,
      precision: configuration.precision,
      batchSize: min(max(paths.count, 1), Self.picturesAtOnce),
      backend: choice(for: paths.count))
    for start in stride(from: 0, to: paths.count, by: Self.picturesAtOnce) {
      var read: [(path: FilePath, pixels: [UInt8])] = []
      let some = Array(paths[start..<min(start + Self.picturesAtOnce, paths.count)])
      for (path, result) in zip(some, pixels(of: some, as: predictor.shape)) {
        do throws(DatasetError) { read.append((path, try result.get())) } catch { skip(error) }
      }
      let answers = try predictor.probabilities(of: read.map(\.pixels))
      for (picture, probabilities) in zip(read, answers) {
        guard probabilities.allSatisfy(\.isFinite) else {
          throw CheckpointError(
            .unusable, path: checkpoint,
            "gives no finite scores for \(picture.path): its parameters are broken")
        }
        show("\(picture.path)", probabilities, predictor.classNames, inOneLine: hasFolder && top == nil)
      }
    }
    if !isComplete { throw ExitCode(1) }
  }

  private func predictRows(_ file: Checkpoint, _ configuration: RunConfiguration) throws {
    guard images.count == 1, top == nil else {
      throw ValidationError("Name one table; --top is for classes of pictures.")
    }
    let task = try TableTask(of: file, path: checkpoint, configuration)
    let target = try out.map(NewFile.init)
    let table = try DataTable(file: images[0])
    let model = try task.saved.model(
      from: file, path: checkpoint, precision: configuration.precision, backend: choice(for: 1))
    let predictions = RowPredictions(task, model, json: json)
    guard let target else { return try predictions.write(table) { Terminal.write($0) } }
    var parts: [[UInt8]] = []
    try predictions.write(table) { parts.append(Array($0.utf8)) }
    try DurableFile.write(parts, to: target.path)
    Terminal.write("\(target.path): \(table.rowCount.grouped) rows.\n")
  }

  private func predictTexts(_ file: Checkpoint, _ configuration: RunConfiguration) throws {
    guard top == nil, !images.contains("-") else {
      throw ValidationError("Name a table, JSON Lines or files of text; --top is for classes of pictures.")
    }
    let task = try TextClassificationTask(of: file, path: checkpoint, configuration)
    let field = configuration.textField ?? "text"
    let tables = images.filter(DataTable.isNamed)
    guard tables.isEmpty || images.count == 1, out == nil || !tables.isEmpty else {
      throw ValidationError("A table is named alone, and --out is for a table.")
    }
    let target = try out.map(NewFile.init)
    let model = try task.saved.model(
      from: file, path: checkpoint, precision: configuration.precision, backend: choice(for: 1))
    let predictions = TextPredictions(task, model)
    if let path = tables.first, !json {
      let table = try DataTable(file: path)
      let text = try predictions.table(table, field: field, target: configuration.target?.first ?? "label")
      guard let target else { return Terminal.write(text) }
      try DurableFile.write([Array(text.utf8)], to: target.path)
      return Terminal.write("\(target.path): \(table.rowCount.grouped) rows.\n")
    }
    for path in images {
      var (texts, names): ([String], [String]) = ([], [])
      if DataTable.isNamed(path) {
        let table = try DataTable(file: path)
        texts = try TextPredictions.texts(of: table, field: field)
        names = texts.indices.map { "\(path), row \($0 + 1)" }
      } else {
        try TextDocuments(path, field: field).forEach { document, name in
          texts.append(String(decoding: document, as: UTF8.self))
          names.append(name)
        }
      }
      for answer in try predictions(texts, names: names, path: path) {
        if json {
          JSONLine.write(answer)
        } else {
          Terminal.write(
            "\(answer.text)  \(answer.class)  \(NumberText.decimal(100 * answer.probability, 2)) %\n")
        }
      }
    }
  }

  private func predictPictures(_ file: Checkpoint, _ configuration: RunConfiguration) throws {
    guard let out else {
      throw ValidationError("This network makes pictures: name a new folder for them with --out.")
    }
    guard !images.contains("-"), top == nil else {
      throw ValidationError("Name files or folders of pictures; --top is for classes.")
    }
    var paths: [FilePath] = []
    for name in images {
      guard PictureFile.isFolder(name) else {
        paths.append(FilePath(name))
        continue
      }
      paths += try PictureFile.pictures(in: name, threads: backend.threads ?? Processor.usualThreads).paths
    }
    let task = try SavedTask(of: file, path: checkpoint, configuration)
    let model = try task.model(
      from: file, path: checkpoint, precision: configuration.precision,
      backend: choice(for: paths.count))
    let folder = try NewFolder(creating: out)
    defer { folder.removeIfEmpty() }
    var predictions =
      configuration.model.takes == .masks
      ? try PicturePredictions(of: MaskTask(of: file, path: checkpoint, configuration), model, to: folder)
      : try PicturePredictions(
        of: ReconstructionTask(of: file, path: checkpoint, configuration), model, to: folder)
    var isComplete = true
    for path in paths {
      do {
        let written = try predictions.write(path)
        if json {
          JSONLine.write(["image": "\(path)", "file": written])
        } else {
          Terminal.write("\(path)  \(written)\n")
        }
      } catch let error as DatasetError {
        isComplete = false
        Terminal.writeError("lemnos: \(error)\n")
      }
    }
    if !isComplete { throw ExitCode(1) }
  }

  /// The CPU for few pictures: opening a GPU and compiling its kernels takes longer than computing them on
  /// the CPU.
  private func choice(for count: Int) -> BackendChoice {
    var options = backend
    if options.backend == .auto, options.device == nil, count <= Self.picturesAtOnce {
      options.backend = .cpu
    }
    return options.choice
  }

  private func pixels(of paths: [FilePath], as shape: ImageShape) -> [Result<[UInt8], DatasetError>] {
    let standardInput = FilePath("-")
    guard paths.contains(standardInput) else {
      return PictureFile.pixels(of: paths, as: shape, threads: backend.threads ?? Processor.usualThreads)
    }
    return paths.map { path in
      Result { () throws(DatasetError) in
        path == standardInput
          ? try PictureFile.pixelsOfStandardInput(as: shape) : try PictureFile.pixels(of: path, as: shape)
      }
    }
  }

  private struct Answer: Encodable {
    struct Class: Encodable {
      let name: String
      /// The class index, from 0.
      let number: Int
      let probability: Double
    }

    let image: String
    /// Sorted by probability, the highest first.
    let classes: [Class]
  }

  private func show(_ path: String, _ probabilities: [Float], _ names: [String], inOneLine: Bool) {
    let likely = probabilities.indices.sorted { (-probabilities[$0], $0) < (-probabilities[$1], $1) }
      .prefix(top ?? 5)
    if json {
      let classes = likely.map {
        Answer.Class(name: names[$0], number: $0, probability: Double(probabilities[$0]))
      }
      JSONLine.write(Answer(image: path, classes: classes))
    } else if inOneLine, let first = likely.first {
      let percent = NumberText.decimal(100 * Double(probabilities[first]), 2)
      Terminal.write("\(path)  \(names[first])  \(percent) %\n")
    } else {
      let lines = likely.map { number in
        let percent = NumberText.decimal(100 * Double(probabilities[number]), 2)
        return "  \(String(repeating: " ", count: max(0, 6 - percent.count)))\(percent) %  \(names[number])\n"
      }
      Terminal.write("\(path == "-" ? "standard input" : path)\n\(lines.joined())")
    }
  }
}
