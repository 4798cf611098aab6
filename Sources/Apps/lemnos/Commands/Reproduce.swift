import ArgumentParser
import CS231n
import CharGPT
import Lemnos
import Wording

/// The command `lemnos reproduce`.
struct Reproduce: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Do the experiments of a course or a paper, and compare with what was published.",
    discussion: """
      Examples:
        lemnos reproduce cs231n --data cifar10 --out cs231n
        lemnos reproduce char-gpt --data input.txt --out chargpt
      """,
    subcommands: [CS231n.self, CharGPT.self])

  /// The command `lemnos reproduce cs231n`.
  struct CS231n: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "cs231n",
      abstract:
        "All of CS231n's assignment 2: layers, networks, update rules, normalization, dropout, convolution.",
      discussion: """
        Writes one page with every table and plot, index.html, which needs no other file, and the same as report.md with its
        pictures beside it. The published numbers are of CIFAR-10; other images are as welcome. On two cores, the full form
        takes about half an hour and the quick form a minute or two.

        Examples:
          lemnos reproduce cs231n --data cifar10 --quick --out cs231n
          lemnos reproduce cs231n --data fashion-mnist-small --only dropout,filters --out some
        """)

    @Option(
      help: ArgumentHelp(
        "A data set's name, or a folder or archive of CIFAR-10 or IDX files.", valueName: "name|path"))
    var data = "cifar10"

    @OptionGroup var backend: BackendOptions

    @Flag(help: "One run of each experiment, and fewer images.")
    var quick = false

    @Option(
      help: ArgumentHelp(
        "Some parts only: \(Part.all.map(\.name).joined(separator: ", ")).", valueName: "part,…"),
      transform: Reproduce.parts)
    var only: [Part]?

    @Option(help: ArgumentHelp("The folder to make for the report.", valueName: "folder"))
    var out: String

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp("The seed of the first run of each experiment.", valueName: "n"))
    var seed: UInt64 = 0

    mutating func run() throws {
      let dataset = try Dataset.load(data)
      let folder = try ReportFolder(creating: out)
      Interrupt.catchFirst()
      var progress = ReproductionDisplay()
      do {
        let reproduction = Reproduction(
          data: dataset, backend: backend.choice, form: quick ? .quick : .full, seed: seed,
          on: { progress.show($0) }, until: { Interrupt.isRequested })
        let outcome = try reproduction.run(only ?? Part.all)
        progress.clear()
        try folder.write(outcome.report)
      } catch {
        progress.clear()
        folder.removeIfEmpty()
        guard error is Reproduction.Stopped else { throw error }
        throw Failure("stopped; nothing was written, because a report is written when all is done", code: 130)
      }
      Terminal.write("Written: \(folder.path)/index.html and \(folder.path)/report.md\n")
    }
  }

  /// The command `lemnos reproduce char-gpt`.
  struct CharGPT: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "char-gpt",
      abstract: "nanoGPT's recipe for processors: a small GPT learns a text character by character.",
      discussion: """
        Writes one page, index.html, with the losses of five runs and what the first one's model writes, and the same as
        report.md. The published numbers are of tiny Shakespeare, a file input.txt of 1.1 MB; other texts are as welcome. A run
        takes about a minute on two cores.

        Examples:
          lemnos reproduce char-gpt --quick --out opticks
          lemnos reproduce char-gpt --data input.txt --out shakespeare
        """)

    @Option(
      help: ArgumentHelp("A text: a file, a folder of texts, or opticks.", valueName: "path"))
    var data = TextDocuments.bundledName

    @OptionGroup var backend: BackendOptions

    @Flag(help: "One run of a fifth of the steps.")
    var quick = false

    @Option(help: ArgumentHelp("The folder to make for the report.", valueName: "folder"))
    var out: String

    @Option(parsing: .unconditional, help: ArgumentHelp("The seed of the first run.", valueName: "n"))
    var seed: UInt64 = 0

    mutating func run() throws {
      let text = data == TextDocuments.bundledName ? TextDocuments.bundled : try TextDocuments(data)
      let folder = try ReportFolder(creating: out)
      Interrupt.catchFirst()
      do {
        let reproduction = CharGPTReproduction(
          text: text, backend: backend.choice, form: quick ? .quick : .full, seed: seed,
          on: { run, count in
            Terminal.write(
              "Seed \(run.seed): validation loss \(NumberText.decimal(run.validationLoss, 3)) in "
                + "\(NumberText.decimal(run.seconds, 1)) s\(count > 1 ? ", of \(count) runs" : "")\n")
          }, until: { Interrupt.isRequested })
        try folder.write(reproduction.run())
      } catch {
        folder.removeIfEmpty()
        guard error is CharGPTReproduction.Stopped else { throw error }
        throw Failure("stopped; nothing was written, because a report is written when all is done", code: 130)
      }
      Terminal.write("Written: \(folder.path)/index.html and \(folder.path)/report.md\n")
    }
  }

  fileprivate static func parts(_ text: String) throws -> [Part] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { name in
      guard let part = Part.all.first(where: { $0.name == name }) else {
        let names = Part.all.map(\.name)
        let guess = names.closest(to: String(name)).map { " Did you mean \($0)?" } ?? ""
        throw ValidationError("There is no part '\(name)'.\(guess) Parts: \(names.joined(separator: ", ")).")
      }
      return part
    }
  }
}
