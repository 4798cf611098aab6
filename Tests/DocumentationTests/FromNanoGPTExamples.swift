import Lemnos

// The code of Documentation/From-nanoGPT.md. DocumentationTests checks that what is shown there is here.

/// - Returns: the perplexity on what was held out, and the text that was written.
func trainATextOfTheGuide(path: String) throws -> (perplexity: Double, text: String) {
  let text = try TextDocuments(path)
  let tokenizer = try Tokenizer.characters(of: text.texts())
  let (training, held) = try TokenSequence(of: text, by: tokenizer).split(validation: .fraction(0.1))

  let net = GPT(
    vocabulary: tokenizer.vocabularySize, context: 16, blocks: 2, heads: 2, channels: 32, bias: false)
  var settings = TrainingSettings()
  settings.batchSize = 12
  settings.clipNorm = 1
  let trainer = try Trainer(
    LanguageModeling(net), training: TokenWindows(training, context: 16).drawn(12 * 100, seed: 1),
    validation: TokenWindows(held, context: 16),
    optimizer: AdamW(learningRate: 1e-2, weightDecay: 0.1, beta1: 0.9, beta2: 0.99),
    schedule: WarmUp(steps: 10, then: CosineDecay(epochs: 1, floor: 0.1)), backend: .cpu, settings: settings)
  let history = try trainer.run(epochs: 1)

  let generator = try TokenGenerator(net, from: trainer.checkpoint(), path: "the run", backend: .cpu)
  var sampler = TokenSampler(temperature: 0.8, topK: 10, seed: 7)
  var ids = try tokenizer.encode("the ")
  var scores = try generator.begin(ids)
  for _ in 0..<40 {
    ids.append(Int32(sampler.next(scores)))
    scores = try generator.append(ids[ids.count - 1])
  }
  print(try tokenizer.decode(ids))
  return (history.best?.validation?.value(of: "perplexity") ?? .nan, try tokenizer.decode(ids))
}
