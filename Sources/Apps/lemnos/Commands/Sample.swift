import ArgumentParser
import Lemnos
import Training

/// The command `lemnos sample`.
struct Sample: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Have a language model go on with a text.",
    discussion: """
      Token by token, each drawn by the scores that the model gives after all that came before, as far back as its context reaches.

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
    var ids = try tokenizer.encode(start, addsSpecialTokens: false)
    guard !ids.isEmpty else { throw Failure("the prompt has no token: give a text to go on with", code: 64) }
    let context = configuration.context
    let net = LanguageTask.net(tokenizer, configuration)
    let model = try TrainedModel(
      from: file, path: checkpoint,
      inputs: [DataField("tokens", [context], dtype: .int32), DataField("last", [], dtype: .int32)],
      precision: configuration.precision, backend: backend.choice
    ) { batch, pass in
      let scores = net.forward(batch["tokens"], in: pass)
      guard scores.error == nil else { return ["scores": scores] }
      return ["scores": scores.reshaped([scores.shape[1], scores.shape[2]]).gathered(at: batch["last"])]
    }
    var sampler = TokenSampler(temperature: temperature, topK: topK, topP: topP, seed: seed)
    var shown = TextStream(start)
    Terminal.write(start)
    for _ in 0..<tokens {
      let recent = Array(ids.suffix(context))
      let window = recent + [Int32](repeating: 0, count: context - recent.count)
      guard let scores = try model(["tokens": window, "last": [Int32(recent.count - 1)]])["scores"] else {
        break
      }
      ids.append(Int32(sampler.next(scores.elements())))
      Terminal.write(shown.next(try tokenizer.decode(ids, skipsSpecialTokens: false)))
    }
    Terminal.write("\n")
  }
}

/// What of a growing text was not shown yet, without what may be half a character.
private struct TextStream {
  private var shown: Int

  init(_ text: String) { shown = text.utf8.count }

  mutating func next(_ text: String) -> String {
    var text = text
    while text.unicodeScalars.last == "\u{FFFD}" { text.unicodeScalars.removeLast() }
    guard text.utf8.count > shown else { return "" }
    defer { shown = text.utf8.count }
    return String(decoding: text.utf8.dropFirst(shown), as: UTF8.self)
  }
}
