import Datasets
import Devices
import Glibc
import Layers
import Models
import Optimizers
import Sessions
import Tensors
import TestSupport
import Testing
import Tokenizers
import Training

@Suite("Language modeling")
struct LanguageModelingTests {
  /// A text whose next character follows from the last two.
  private static let text = String(repeating: "abcabdabe", count: 60)

  private func windows(context: Int = 12) throws -> (
    training: TokenWindows, validation: TokenWindows, tokens: Tokenizer
  ) {
    let tokenizer = try Tokenizer.characters(of: [Self.text])
    let (training, validation) = try TokenSequence(tokenizer.encode(Self.text)).split(validation: 0.2)
    return (
      try TokenWindows(training, context: context, vocabularySize: tokenizer.vocabularySize),
      try TokenWindows(validation, context: context), tokenizer
    )
  }

  private func trainer(_ residency: DataResidency = .automatic) throws -> Trainer {
    let (training, validation, tokenizer) = try windows()
    let net = GPT(vocabulary: tokenizer.vocabularySize, context: 12, blocks: 1, heads: 2, channels: 16)
    var settings = TrainingSettings()
    settings.batchSize = 8
    settings.dataResidency = residency
    return try Trainer(
      LanguageModeling(net, charactersPerToken: 1), training: training, validation: validation,
      optimizer: AdamW(learningRate: 1e-2), backend: .cpu, settings: settings, seed: 4)
  }

  @Test("learns a text, and measures perplexity and bits per character of what was held out")
  func learning() throws {
    let trainer = try trainer()
    let history = try trainer.run(epochs: 40)
    let last = try #require(history.epochs.last?.validation)
    // Two of three characters follow from the one before; the third one of three follows from the last but one.
    let (perplexity, loss) = (last.value(of: "perplexity"), last.loss)
    #expect(perplexity < 1.3)
    #expect(abs(perplexity - exp(loss)) < 1e-6 * exp(loss))
    #expect(abs(last.value(of: "bits-per-character") - loss / log(2)) < 1e-6)
    #expect(history.monitored == Monitored("perplexity", .lowerIsBetter))
  }

  @Test("draws the same windows whether they are in memory or streamed, and when a run goes on")
  func draws() throws {
    let (resident, streamed) = (try trainer(), try trainer(.streamed))
    try resident.run(epochs: 3)
    try streamed.run(epochs: 1)
    let checkpoint = try streamed.checkpoint()
    let resumed = try trainer(.streamed)
    try resumed.resume(from: checkpoint, path: "run")
    try resumed.run(epochs: 3)
    #expect(resumed.history.losses == resident.history.losses && resident.history.losses.count > 3)
    for step in 1...4 { #expect(try resumed.examples(ofStep: step) == resident.examples(ofStep: step)) }
  }

  /// The scores of a GPT at each place of one window, `[T][5]`.
  private func scores(
    _ ids: [Int32], _ documents: [Int32]?, _ positions: GPT.Positions, in states: StateStore
  )
    throws -> [[Float]]
  {
    let net = GPT(
      vocabulary: 5, context: 8, blocks: 2, heads: 2, channels: 16, positions: positions)
    let shape: Shape = [1, ids.count]
    let y = net.forward(
      Tensor(ids, shape: shape), documents: documents.map { Tensor($0, shape: shape) },
      in: Pass(.evaluation, states: states))
    let numbers: [Float] = try #require(Session(on: .cpu, seed: 9).step(outputs: ["y": y])()["y"]).elements()
    return ids.indices.map { Array(numbers[5 * $0..<5 * $0 + 5]) }
  }

  @Test("lets no token look at one of another document", arguments: [GPT.Positions.learned, .rotary])
  func documents(_ positions: GPT.Positions) throws {
    let states = StateStore()
    let (window, documents): ([Int32], [Int32]) = ([1, 2, 3, 0, 2, 4, 1, 3], [0, 0, 0, 0, 1, 1, 1, 1])
    var other = window
    other[1] = 4
    let masked = try [window, other].map { try scores($0, documents, positions, in: states) }
    #expect(masked[0][4...] == masked[1][4...] && masked[0][1..<4] != masked[1][1..<4])
    let plain = try [window, other].map { try scores($0, nil, positions, in: states) }
    #expect(plain[0][4...] != plain[1][4...])
    // The first document has the scores that it has alone, to the bit.
    #expect(masked[0][..<4] == plain[0][..<4])
    // Where places are told apart by differences, so has the second.
    if positions == .rotary {
      let alone = try scores(Array(window[4...]), nil, positions, in: states)
      for (a, b) in zip(alone.joined(), masked[0][4...].joined()) { #expect(abs(a - b) < 1e-5) }
    }
  }

  @Test("learns documents in a row, and says what it needs for that")
  func packed() throws {
    // A document's first token decides all others; the mask keeps what came before out.
    let tokens = (0..<200 as Range<Int32>).flatMap { number -> [Int32] in
      let own = 1 + number * 7 % 3
      return [0, own, own, 4]
    }
    let windows = try TokenWindows(TokenSequence(tokens), context: 8, documentEnd: 4)
    let net = GPT(vocabulary: 5, context: 8, blocks: 1, heads: 2, channels: 16)
    var settings = TrainingSettings()
    settings.batchSize = 8
    let trainer = try Trainer(
      LanguageModeling(net, documents: "documents"), training: windows, validation: windows,
      optimizer: AdamW(learningRate: 1e-2), backend: .cpu, settings: settings, seed: 4)
    let history = try trainer.run(epochs: 40)
    // Of four tokens one is any of three, and the others follow: ln 3 / 4 on the average.
    let loss = try #require(history.epochs.last?.validation).loss
    #expect(loss > 0.27 && loss < 0.34, "\(loss)")

    let batch = Batch(
      size: 1, ["tokens": .full([1, 5], 0, dtype: .int32), "documents": .full([1, 4], 0, dtype: .int32)])
    let outcome = LanguageModeling(net, documents: "documents").measure(
      batch, in: Pass(.training, states: StateStore()))
    #expect(
      outcome.losses.error.map { "\($0)" }?.contains(
        "5 tokens of an example have as many numbers of documents, not int32[1, 4]") == true)
  }

  @Test("refuses what has no next token")
  func refusals() {
    let net = GPT(vocabulary: 5, context: 4, blocks: 1, heads: 1, channels: 4)
    let pass = Pass(.training, states: StateStore())
    let one = Tensor.full([2, 1], 0, dtype: .int32)
    let outcome = LanguageModeling(net).measure(Batch(size: 2, ["tokens": one]), in: pass)
    #expect(
      outcome.losses.error.map { "\($0)" }?.contains("takes tokens [B, T + 1] of at least two each") == true)
    let flat = LanguageModeling(Dense(3)).measure(Batch(size: 2, ["tokens": .full([2, 5], 0)]), in: pass)
    #expect(flat.losses.error.map { "\($0)" }?.contains("needs scores [2, 4, vocabulary]") == true)
  }
}
