import ArgumentParser
import Lemnos
import Training

/// The command `lemnos sample`.
struct Sample: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Have a language model go on with a text.",
    discussion: """
      Token by token, each drawn by the scores that the model gives after all that came before or, of a text longer than its context,
      after at least the half of one.

      Examples:
        lemnos sample runs/opticks/best.safetensors --prompt "The Rays of Light"
        lemnos sample runs/opticks/best.safetensors --temperature 0.8 --top-p 0.95 --seed 7 --tokens 1000
      """)

  @Argument(help: ArgumentHelp("The checkpoint of a language model.", valueName: "checkpoint"))
  var checkpoint: String

  @Option(
    help: ArgumentHelp(
      "The text to go on with (default: a line end, or the end of a text).", valueName: "text"))
  var prompt: String?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("How many tokens to draw (default: 300).", valueName: "n"))
  var tokens = 300

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Divide scores by this: above 1 unlikely tokens are drawn more often, at 0 the likeliest always (default: 1).",
      valueName: "x"))
  var temperature = 1.0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Draw from the n likeliest tokens only (default: from all).", valueName: "n"))
  var topK: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Draw from the fewest tokens that have this much of the probability together (default: 1).",
      valueName: "x"))
  var topP = 1.0

  @Option(parsing: .unconditional, help: ArgumentHelp("Decides what is drawn (default: 0).", valueName: "n"))
  var seed: UInt64 = 0

  @OptionGroup var backend: BackendOptions

  func validate() throws {
    guard tokens >= 1 else { throw ValidationError("--tokens is \(tokens), but has to be at least 1.") }
    guard temperature >= 0, temperature.isFinite else {
      throw ValidationError("--temperature is \(temperature), but has to be 0 or more.")
    }
    if let topK, topK < 1 { throw ValidationError("--top-k is \(topK), but has to be at least 1.") }
    guard topP > 0, topP <= 1 else {
      throw ValidationError("--top-p is \(topP), but has to be above 0, and at most 1.")
    }
  }

  mutating func run() throws {
    let file = try Checkpoint(modelIn: checkpoint)
    let configuration = try RunConfiguration(of: file, path: checkpoint)
    guard configuration.model.takes == .text else {
      throw Failure(
        "\(checkpoint) is \(configuration.model.inWords), which tells no text: 'lemnos predict' is for it",
        code: 64)
    }
    let tokenizer = try LanguageTask.tokenizer(in: file, path: checkpoint)
    let start = prompt ?? LanguageTask.usualPrompt(of: tokenizer)
    let ids = try tokenizer.encode(start, addsSpecialTokens: false)
    guard !ids.isEmpty else { throw Failure("the prompt has no token: give a text to go on with", code: 64) }
    let generator = try LanguageTask.generator(
      tokenizer, configuration, from: file, path: checkpoint, tokens: ids.count + tokens,
      in: Session(on: backend.choice))
    var sampler = TokenSampler(temperature: temperature, topK: topK, topP: topP, seed: seed)
    var shown = TextStream(tokenizer, after: ids)
    Terminal.write(start)
    var scores = try generator.begin(ids)
    for number in 1...tokens {
      let id = Int32(sampler.next(scores))
      Terminal.write(try shown.next(id))
      if number < tokens { scores = try generator.append(id) }
    }
    Terminal.write("\n")
  }
}

/// What of a growing text was not shown yet, without what may be half a character.
private struct TextStream {
  private let tokenizer: Tokenizer
  private var ids: [Int32] = []
  // The tokens before `shown` have been shown. Those from `context` on decide how the next ones look, such as with a space before.
  private var (context, shown) = (0, 0)

  /// - Parameter ids: of a text that was shown otherwise.
  init(_ tokenizer: Tokenizer, after ids: [Int32]) {
    (self.tokenizer, self.ids, shown) = (tokenizer, ids, ids.count)
    context = max(0, ids.count - 8)
  }

  mutating func next(_ id: Int32) throws -> String {
    ids.append(id)
    let before = try tokenizer.decode(ids[context..<shown], skipsSpecialTokens: false)
    let text = try tokenizer.decode(ids[context...], skipsSpecialTokens: false)
    guard text.unicodeScalars.last != "\u{FFFD}" || ids.count - shown >= 4,
      text.utf8.count > before.utf8.count
    else {
      return ""
    }
    (context, shown) = (shown, ids.count)
    return String(decoding: text.utf8.dropFirst(before.utf8.count), as: UTF8.self)
  }
}
