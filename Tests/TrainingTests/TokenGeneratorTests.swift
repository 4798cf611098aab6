import Checkpoints
import Datasets
import Devices
import Layers
import Models
import Sessions
import Tensors
import TestSupport
import Testing
import Training

@Suite("Generation of tokens")
struct TokenGeneratorTests {
  private static let nets: [GPT] = [
    GPT(vocabulary: 13, context: 40, blocks: 2, heads: 2, channels: 16),
    GPT(
      vocabulary: 13, context: 40, blocks: 2, heads: 4, keyValueHeads: 2, channels: 16, arrangement: .llama,
      tied: false),
  ]

  private func checkpoint(_ net: GPT) throws -> Checkpoint {
    let states = StateStore()
    _ = net.forward(
      Tensor.input("ids", [1, 2], dtype: .int32), in: Pass(.evaluation, states: states))
    return try Session(on: .cpu, seed: 5).checkpoint(of: states.states)
  }

  /// The scores at the last place of a text that is read as a whole.
  private func whole(_ net: GPT, _ checkpoint: Checkpoint, _ ids: [Int32]) throws -> [Float] {
    let model = try TrainedModel(
      from: checkpoint, path: "test", inputs: [DataField("ids", [ids.count], dtype: .int32)], backend: .cpu
    ) { batch, pass in ["scores": net.forward(batch["ids"], in: pass)] }
    let scores: [Float] = try #require(model(["ids": ids])["scores"]).elements()
    return Array(scores.suffix(net.vocabulary))
  }

  /// Products of one row and of many are added up in other orders, over at most 64 terms of numbers near 1.
  private func isNear(_ a: [Float], _ b: [Float]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-4 * (1 + abs($1)) }
  }

  private func text(_ count: Int) -> [Int32] { (0..<count).map { Int32(($0 * $0 + 3) % 13) } }

  @Test("has the scores of a text that is read as a whole, token by token", arguments: 0..<2, [3, 25])
  func agrees(net number: Int, prompt: Int) throws {
    let net = Self.nets[number]
    let (checkpoint, ids) = (try checkpoint(net), text(40))
    for (_, backend) in try everyBackend() {
      let generator = try TokenGenerator(net, from: checkpoint, path: "test", in: Session(backend))
      var scores = try generator.begin(Array(ids.prefix(prompt)))
      for count in prompt...40 {
        #expect(isNear(scores, try whole(net, checkpoint, Array(ids.prefix(count)))), "\(count)")
        if count < 40 { scores = try generator.append(ids[count]) }
      }
    }
  }

  @Test("goes on after the later half of a context that is full")
  func longTexts() throws {
    let net = Self.nets[0]
    let (checkpoint, ids) = (try checkpoint(net), text(70))
    let generator = try TokenGenerator(net, from: checkpoint, path: "test", backend: .cpu)
    _ = try generator.begin(Array(ids.prefix(40)))
    #expect(isNear(try generator.append(ids[40]), try whole(net, checkpoint, Array(ids[20...40]))))
    for id in ids[41..<59] { _ = try generator.append(id) }
    #expect(isNear(try generator.append(ids[59]), try whole(net, checkpoint, Array(ids[20..<60]))))
    #expect(isNear(try generator.append(ids[60]), try whole(net, checkpoint, Array(ids[40...60]))))
    // The last of a text that is longer than the context.
    #expect(isNear(try generator.begin(ids), try whole(net, checkpoint, Array(ids[30...]))))
  }

  @Test("keeps as many tokens as are asked for, and begins anew")
  func shortTexts() throws {
    let net = Self.nets[1]
    let checkpoint = try checkpoint(net)
    let generator = try TokenGenerator(net, from: checkpoint, path: "test", tokens: 6, backend: .cpu)
    let first = try generator.begin([1, 2, 3])
    _ = try generator.append(4)
    #expect(try generator.begin([1, 2, 3]) == first)
    for id: Int32 in [5, 6, 7] { _ = try generator.append(id) }
    #expect(isNear(try generator.append(8), try whole(net, checkpoint, [5, 6, 7, 8])))
    let one = try TokenGenerator(net, from: checkpoint, path: "test", tokens: 1, backend: .cpu)
    _ = try one.begin([1])
    #expect(isNear(try one.append(2), try whole(net, checkpoint, [2])))
  }

  @Test(
    "carries the states of a recurrent network along, whatever the length",
    arguments: [.lstm, .gru] as [RecurrentLanguageModel.Cell])
  func recurrent(_ cell: RecurrentLanguageModel.Cell) throws {
    let net = RecurrentLanguageModel(vocabulary: 13, cell: cell, layers: 2, channels: 8)
    let states = StateStore()
    _ = net.forward(Tensor.input("ids", [1, 2], dtype: .int32), in: Pass(.evaluation, states: states))
    let checkpoint = try Session(on: .cpu, seed: 5).checkpoint(of: states.states)
    let ids = text(30)
    let model = try TrainedModel(
      from: checkpoint, path: "test", inputs: [DataField("ids", [30], dtype: .int32)], backend: .cpu
    ) { batch, pass in ["scores": net.forward(batch["ids"], in: pass)] }
    let whole: [Float] = try #require(model(["ids": ids])["scores"]).elements()
    for (_, backend) in try everyBackend() {
      let generator = try TokenGenerator(net, from: checkpoint, path: "test", in: Session(backend))
      _ = try generator.begin([4, 4, 4])
      var scores = try generator.begin(Array(ids.prefix(3)))
      for count in 3...30 {
        #expect(isNear(scores, Array(whole[(count - 1) * 13..<count * 13])), "\(count)")
        if count < 30 { scores = try generator.append(ids[count]) }
      }
    }
  }

  @Test("refuses more than one token after the beginning, and another text than the cache's")
  func refusals() {
    let memory = KeyValueCache.Memory(capacity: 8)
    let attention = MultiHeadAttention(heads: 2, causal: true)
    func error(_ shape: Shape, _ cache: KeyValueCache) -> String {
      let x = State("x", shape, role: .data).value
      let y = attention.forward(
        x, lengths: nil, cache: cache, in: Pass(.evaluation, states: StateStore()))
      return y.error.map { "\($0)" } ?? ""
    }
    let position = Tensor(0, dtype: .int32)
    #expect(error([1, 8, 4], KeyValueCache(memory)) == "")
    #expect(error([1, 1, 4], KeyValueCache(memory, at: position)) == "")
    #expect(error([1, 5, 4], KeyValueCache(memory)).contains("as many places as the cache, 8, not 5"))
    #expect(error([1, 2, 4], KeyValueCache(memory, at: position)).contains("one token is read at a time"))
    let other = error([2, 1, 4], KeyValueCache(memory, at: position))
    #expect(other.contains("[1, 8, 2, 2]") && other.contains("[2, 8, 2, 2]"))
  }
}
