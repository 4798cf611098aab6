import ArgumentParser
import Lemnos

/// The option for the number of unreadable files that is tolerated in a set of images.
struct BadFileOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How many pictures of a folder may be skipped because they cannot be read: a number, or a share such as 5% (default: 10, or 1% if that is more).",
      valueName: "n|n%"),
    transform: { text in
      guard let allowance = BadFileAllowance(text) else {
        throw ValidationError("'\(text)' is neither a number of files nor a share of them such as 5%.")
      }
      return allowance
    })
  var allowBadFiles: BadFileAllowance?
}
