import ArgumentParser
import Lemnos

/// The option that leaves rewrites out, by which anybody can measure what they gain.
struct RewriteOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Plan without these rewrites of programs, which 'lemnos plan --rewrites' lists.",
      valueName: "name,name,…"),
    transform: RewriteOptions.names)
  var withoutRewrite: [Rewrite]?

  private static func names(_ text: String) throws -> [Rewrite] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { try Spelling.parse(String($0)) }
  }

  /// The backend of these options, without those rewrites.
  func choice(of backend: BackendOptions) -> BackendChoice {
    withoutRewrite.map { .planning(backend.choice, without: Set($0)) } ?? backend.choice
  }
}
