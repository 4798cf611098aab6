import Devices
import Checkpoints
import Foundation
import Layers
import Optimizers
import Sessions
import Tensors
import TestSupport
import Testing

/// The backends available on this machine.
private let backends: [BackendChoice] =
  [.cpu, .reference] + (VulkanUnderTest.missing == nil ? [.vulkan()] : [])

@Suite("A session")
struct SessionTests {
  /// y = 2 x − 1 by least squares, from w = b = 0.
  private struct Line {
    let x = Tensor.input("x", [8, 1])
    let y = Tensor.input("y", [8, 1])
    let w = State("w", [1, 1], role: .weight)
    let b = State("b", [1], role: .bias)
    let loss: Tensor

    init() {
      let error = matmul(x, w.value) + b.value - y
      loss = (error * error).mean()
    }

    static let xs: [Float] = (0..<8).map { Float($0) / 4 - 1 }
    static let ys = xs.map { 2 * $0 - 1 }
  }

  @Test("trains a line in a loop of one's own", arguments: backends)
  func line(_ choice: BackendChoice) throws {
    let (line, session) = (Line(), try Session(on: choice))
    let update = SGD(learningRate: 0.5).minimizing(line.loss, at: [line.w, line.b])
    let step = try session.step("line", outputs: ["loss": line.loss], assigning: update.assignments)
    #expect(step.inputs.map(\.name) == ["x", "y"])
    var losses: [Double] = []
    for _ in 0..<20 {
      try step.run(["x": Line.xs, "y": Line.ys])
      losses.append(try step.output("loss").scalar)
    }
    #expect(zip(losses, losses.dropFirst()).allSatisfy { $0 > $1 })
    // Inputs keep their values until they are set again.
    try step.run(steps: 100)
    #expect(abs(try session.values(of: line.w).scalar - 2) < 1e-4)
    #expect(abs(try session.values(of: line.b).scalar + 1) < 1e-4)
    #expect(try session.values(of: update.counter).scalar == 120)
    // The updated value of a state can be used in further expressions.
    #expect(update[line.w].shape == [1, 1] && update[line.w].error == nil)
    #expect("\(update[State("other", [], role: .weight)])".contains("gives nothing to 'other'"))
  }

  @Test("shares its states between steps, and reads several outputs of one run", arguments: backends)
  func shared(_ choice: BackendChoice) throws {
    let (line, session) = (Line(), try Session(on: choice))
    let update = SGD(learningRate: 0.5).minimizing(line.loss, at: [line.w, line.b])
    let train = try session.step("train", assigning: update.assignments)
    let query = Tensor.input("query", [3, 1])
    let predict = try session.step(
      "predict", outputs: ["line": matmul(query, line.w.value) + line.b.value, "twice": query * 2])
    try train.run(["x": Line.xs, "y": Line.ys], steps: 200)
    let results = try predict(["query": [0, 1, 2] as [Float]])
    #expect(zip(results["line"]?.doubles ?? [], [-1, 1, 3]).allSatisfy { abs($0 - $1) < 1e-3 })
    #expect(results["twice"]?.doubles == [0, 2, 4])
    // The learning rate is a state: changing it needs no recompilation.
    try session.set(update.learningRate, to: [Float(0)])
    let before = try session.values(of: line.w)
    try train.run(steps: 5)
    #expect(try session.values(of: line.w) == before)
  }

  @Test(
    "trains two networks with two optimizers, in one step or in turn, to the same bits", arguments: backends)
  func twoOptimizers(_ choice: BackendChoice) throws {
    func run(inTurn: Bool) throws -> [TensorValues] {
      let session = try Session(on: choice)
      let (first, second) = (
        State("first", [2, 3], role: .weight, initial: .normal(standardDeviation: 1)),
        State("second", [2, 3], role: .weight, initial: .normal(standardDeviation: 1))
      )
      let updates = [
        Adam(learningRate: 0.1).minimizing((first.value * first.value).sum(), at: [first], named: "a"),
        Momentum(learningRate: 0.1).minimizing((second.value - 1).sum() * 0.5, at: [second], named: "b"),
      ]
      let steps =
        inTurn
        ? try updates.map { try session.step(assigning: $0.assignments) }
        : [try session.step(assigning: updates.flatMap(\.assignments))]
      for _ in 0..<7 { for step in steps { try step.run() } }
      return try [first, second].map { try session.values(of: $0) }
    }
    #expect(try run(inTurn: true) == run(inTurn: false))
  }

  @Test("accumulates gradients over batches, and averages weights", arguments: backends)
  func accumulation(_ choice: BackendChoice) throws {
    let session = try Session(on: choice)
    let (w, sum, average) = (
      State("w", [2], role: .weight, initial: .constant(1)), State("sum", [2], role: .optimizer),
      State("average", [2], role: .statistic, initial: .constant(1))
    )
    let x = Tensor.input("x", [2])
    let gradient = gradients(of: (w.value * x).sum(), at: [w.value])[0]
    let gather = try session.step("gather", assigning: [Assignment(sum, sum.value + gradient)])
    let next = w.value - 0.5 * sum.value
    let apply = try session.step(
      "apply",
      assigning: [
        Assignment(w, next), Assignment(sum, Tensor.full([2], 0)),
        Assignment(average, 0.5 * average.value + 0.5 * next),
      ])
    try gather.run(["x": [1, 2] as [Float]])
    try gather.run(["x": [3, 4] as [Float]])
    try apply.run()
    #expect(try session.values(of: w).doubles == [-1, -2])
    #expect(try session.values(of: average).doubles == [0, -0.5])
    #expect(try session.values(of: sum).doubles == [0, 0])
  }

  @Test("takes gradients of gradients", arguments: backends)
  func secondDerivative(_ choice: BackendChoice) throws {
    let session = try Session(on: choice)
    let x = Tensor.input("x", [3])
    let first = gradients(of: (x * x * x).sum(), at: [x])[0]
    let second = gradients(of: (first * first).sum(), at: [x])[0]
    let step = try session.step(outputs: ["second": second])
    // (9 x⁴)′ = 36 x³
    #expect(try step(["x": [1, 2, -1] as [Float]])["second"]?.doubles == [36, 288, -36])
  }

  @Test("draws other random numbers each step, and the same ones for the same seed", arguments: backends)
  func random(_ choice: BackendChoice) throws {
    func numbers(seed: UInt64) throws -> [[Double]] {
      let (session, random) = (try Session(on: choice), RandomSource(seed: seed))
      let pass = Pass(.training, states: StateStore(), random: random)
      let step = try session.step(
        outputs: ["a": pass.uniform([5]), "b": pass.uniform([5])], assigning: pass.assignments)
      return try (0..<3).flatMap { _ in try step().sorted { $0.key < $1.key }.map(\.value.doubles) }
    }
    let drawn = try numbers(seed: 7)
    #expect(Set(drawn).count == 6, "each draw and each step has its own")
    #expect(try numbers(seed: 7) == drawn)
    #expect(try numbers(seed: 8) != drawn)
  }

  @Test("draws from distributions", arguments: backends)
  func distributions(_ choice: BackendChoice) throws {
    let (session, count) = (try Session(on: choice), 20_000)
    let pass = Pass(.training, states: StateStore(), random: RandomSource(seed: 11))
    let scores = Tensor([0, 1, -1] as [Float], shape: [1, 3]).broadcast(to: [count, 3])
    let step = try session.step(
      outputs: [
        "normal": pass.normal([count], mean: 3, standardDeviation: 2),
        "bernoulli": pass.bernoulli([count], probability: 0.3), "class": pass.categorical(scores),
      ], assigning: pass.assignments)
    let drawn = try step()
    let z = try #require(drawn["normal"]).doubles.map { ($0 - 3) / 2 }
    func moment(_ power: Int) -> Double {
      z.map { pow($0, Double(power)) }.reduce(0, +) / Double(count)
    }
    // Five standard errors of each moment: √(1, 2, 15, 96 / n).
    for (power, expected, variance) in [(1, 0, 1.0), (2, 1, 2), (3, 0, 15), (4, 3, 96)]
      as [(Int, Double, Double)]
    {
      #expect(abs(moment(power) - expected) < 5 * (variance / Double(count)).squareRoot(), "moment \(power)")
    }
    #expect(z.allSatisfy { abs($0) < 6.5 } && z.contains { $0 > 3 } && z.contains { $0 < -3 })
    let ones = try #require(drawn["bernoulli"]).doubles
    #expect(
      Set(ones) == [0, 1]
        && abs(ones.reduce(0, +) / Double(count) - 0.3) < 5 * (0.21 / Double(count)).squareRoot())
    let classes = try #require(drawn["class"]).doubles
    let total = 1 + exp(1.0) + exp(-1.0)
    for (kind, weight) in [1, exp(1.0), exp(-1.0)].enumerated() {
      let share = Double(classes.count { Int($0) == kind }) / Double(count)
      #expect(abs(share - weight / total) < 0.02, "class \(kind)")
    }
    #expect(try step()["normal"] != drawn["normal"])
  }

  @Test("saves and loads states by name")
  func checkpoint() throws {
    let (line, session) = (Line(), try Session(on: .cpu))
    let update = Momentum(learningRate: 0.1).minimizing(line.loss, at: [line.w, line.b])
    let step = try session.step(assigning: update.assignments)
    try step.run(["x": Line.xs, "y": Line.ys], steps: 5)
    let states = [line.w, line.b] + update.states
    let saved = try session.checkpoint(of: states)
    try step.run(steps: 5)
    let end = try session.checkpoint(of: states)

    let other = try Session(on: .cpu, seed: 9)
    try other.load(saved, path: "saved", into: states)
    let again = try other.step(assigning: update.assignments)
    try again.run(["x": Line.xs, "y": Line.ys], steps: 5)
    #expect(try other.checkpoint(of: states) == end)
    #expect(throws: CheckpointError.self) {
      try other.load(saved, path: "saved", into: [State("stranger", [1], role: .weight)])
    }
  }

  @Test("says in one sentence what a step cannot take")
  func errors() throws {
    let (line, session) = (Line(), try Session(on: .cpu))
    let step = try session.step("train", outputs: ["loss": line.loss])
    func message(_ body: () throws -> Void) -> String {
      do {
        try body()
        return "nothing was thrown"
      } catch { return "\(error)" }
    }
    #expect(
      message { try step.run() }
        == "the step 'train' reads the input 'x', float32[8, 1], which was never given")
    #expect(
      message { try step.run(["z": Line.xs]) }
        == "the step 'train' has no input 'z'; it has 'x', float32[8, 1], 'y', float32[8, 1]")
    #expect(
      message { try step.run(["x": [1, 2] as [Float]]) }
        == "the input 'x' is float32[8, 1], and was given 2 of float32")
    #expect(
      message { try step.run(["x": [Int32](repeating: 0, count: 8)]) }
        == "the input 'x' is float32[8, 1], and was given 8 of int32")
    #expect(
      message { try step.run(["x": TensorValues(Line.xs, shape: [1, 8])]) }
        == "the input 'x' is float32[8, 1], and was given float32[1, 8]")
    #expect(
      message { _ = try step.output("w") } == "the step 'train' has no output 'w'; it has 'loss'")
    #expect(
      message { _ = try session.step("two", outputs: ["a": line.x, "a": line.y]) }
        == "the step 'two' has two outputs 'a': give them different names")
    #expect(
      message {
        _ = try session.step("two", outputs: ["sum": Tensor.input("x", [1]) + Tensor.input("x", [1])])
      } == "the step 'two' reads two inputs 'x': make the tensor once, or give them different names")
    #expect(
      message { _ = try session.step(outputs: ["sum": line.x + Tensor.full([3, 1], 1)]) }.contains("[8, 1]"))
  }
}

@Suite("Values of a tensor")
struct ValuesTests {
  @Test("are those of its own constants, also where another of its form was computed before")
  func sameForm() throws {
    for number in 0..<40 {
      let x = Tensor([Float(number), 1], shape: [2])
      let y = Tensor([2, Float(number)], shape: [2])
      #expect(try (x * y + x).values().doubles == [Double(3 * number), Double(number + 1)])
      #expect(try (x - y).values().doubles == [Double(number - 2), Double(1 - number)])
    }
    // The same operations in another combination.
    let (x, y) = (Tensor([Float(2)], shape: [1]), Tensor([Float(3)], shape: [1]))
    #expect(try (x - y).values().doubles == [-1])
    #expect(try (y - x).values().doubles == [1])
  }

  @Test("are computed by several tasks at once")
  func concurrent() async throws {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for task in 0..<8 {
        group.addTask {
          for number in 0..<50 {
            let x = Tensor([Float(number + task)], shape: [1])
            guard try (x * x).values().scalar == Double((number + task) * (number + task)) else {
              return false
            }
          }
          return true
        }
      }
      for try await isRight in group { #expect(isRight) }
    }
  }
}
