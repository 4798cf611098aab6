import ArgumentParser
import Lemnos
import Wording

/// The command `lemnos data`.
struct Data: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fetch data sets, and look at them.",
    discussion: """
      Examples:
        lemnos data fetch fashion-mnist
        lemnos data show data/fashion-mnist
      """,
    subcommands: [Fetch.self, Show.self])

  struct Fetch: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Download a data set from its official place and verify it.",
      discussion: """
        An interrupted download goes on where it stopped; a file is put in its place only when its checksum is right.

        Example:
          lemnos data fetch fashion-mnist
        """)

    @Argument(
      help: ArgumentHelp(
        "The data set: \(DatasetSource.all.map(\.name).joined(separator: ", ")).", valueName: "name"))
    var name: String

    @Option(help: ArgumentHelp("The folder to put it in (default: data/<name>).", valueName: "folder"))
    var into: String?

    @Option(help: ArgumentHelp("Another place to download the same files from.", valueName: "url"))
    var from: String?

    mutating func run() throws {
      guard let source = DatasetSource.named(name) else {
        let advice = DatasetSource.all.map(\.name).advice(for: name)
        throw ValidationError("There is no data set '\(name)'. \(advice)")
      }
      let folder = into ?? source.usualFolder
      var shown = -1
      try source.fetch(into: folder, from: from) { progress in
        switch progress {
        case .alreadyThere(let file): Terminal.write("\(file) is there already.\n")
        case .receiving(let file, let bytes, let total):
          let percent = Int(100 * Double(bytes) / Double(max(total, 1)))
          guard Terminal.isInteractive, percent != shown else { return }
          shown = percent
          Terminal.write("\r\(file)  \(percent) %\(Terminal.clearing)")
        case .checking(let file):
          if Terminal.isInteractive { Terminal.write("\r\(file)  verifying\(Terminal.clearing)") }
        case .finished(let file):
          Terminal.write((Terminal.isInteractive ? "\r\(Terminal.clearing)" : "") + "\(file) is verified.\n")
        }
      }
      Terminal.write("Next: lemnos train --data \(folder)\n")
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say what is in a data set.",
      discussion: """
        A folder of pictures (PNG, JPEG, GIF, BMP, WebP) has one folder for each class, class/name.jpg; or such folders in \
        train, val and test. Without test a tenth of each class is held out for testing, by a hash of its pictures' names. \
        Pictures may lie at any depth below their class. They are made RGB, scaled so that their shorter side fits, and cut to \
        their middle. Those that cannot be read are named and skipped, up to 10, or one in a hundred where that is more; all \
        other files are counted, with what they are.

        Examples:
          lemnos data show data/fashion-mnist
          lemnos data show pictures --image-size 64
        """)

    @Argument(help: ArgumentHelp("A data set's name, or a folder or archive.", valueName: "name|path"))
    var data = Dataset.bundledName

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "The side of images made of a folder of pictures (default: \(Dataset.usualImageSize)).",
        valueName: "n"))
    var imageSize: Int?

    @OptionGroup var badFiles: BadFileOptions

    mutating func run() throws {
      if imageSize != nil, try !Dataset.isImageFolder(data) {
        throw ValidationError("--image-size is for a folder of pictures; \(data) has its own.")
      }
      let dataset = try Dataset.load(
        data, imageSize: imageSize ?? Dataset.usualImageSize, threads: Processor.usualThreads,
        allowingBadFiles: badFiles.allowBadFiles ?? .usual)
      for note in dataset.notes { Terminal.writeError("lemnos: \(note)\n") }
      let statistics = try PixelStatistics(of: dataset.training)
      let validation = dataset.validation.map { ", \($0.count.grouped) validation" } ?? ""
      Terminal.write(
        """
        \(dataset.name): \(dataset.training.count.grouped) training\(validation) and \
        \(dataset.test.count.grouped) test images of \(dataset.shape)
        pixels: mean \(NumberText.decimal(statistics.mean, 2)), standard deviation \
        \(NumberText.decimal(statistics.standardDeviation, 2)), of 0 … 255

        """)
      let counts = dataset.training.imagesPerClass(dataset.classNames.count)
      for (name, count) in zip(dataset.classNames, counts) { Terminal.write("  \(count.grouped)  \(name)\n") }
      if !dataset.contents.isEmpty {
        Terminal.write("files:\n")
        for count in dataset.contents {
          Terminal.write("  \(count)\(count.isUsed ? "" : ", left out")\n")
        }
      }
      if dataset.name == Dataset.bundledName { Terminal.write("\n\(Dataset.bundledLicense)\n") }
    }
  }
}
