import ArgumentParser
import Lemnos
import Training

/// The option for the number of unreadable files that is tolerated in a set of images.
struct BadFileOptions: ParsableArguments {
  static let help =
    "How many pictures of a folder may be skipped because they cannot be read: a number, or a share such as 5% (default: 10, or 1% if that is more)."

  @Option(
    parsing: .unconditional, help: ArgumentHelp(help, valueName: BadFileAllowance.placeholder),
    transform: { try BadFileAllowance(texts: [$0]) })
  var allowBadFiles: BadFileAllowance?
}
