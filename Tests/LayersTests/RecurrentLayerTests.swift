import Devices
import GradientChecks
import Layers
import Sessions
import Tensors
import TestSupport
import Testing

/// Layers of recurrent cells beside the same formulas, place by place.
@Suite("Recurrent layers")
struct RecurrentLayerTests {
  @Test("have the gradients of finite differences", arguments: [false, true])
  func gradients(isBidirectional: Bool) throws {
    let layers: [any Layer] = [
      LSTM(3, layers: 2, bidirectional: isBidirectional), GRU(3, layers: 2, bidirectional: isBidirectional),
    ]
    for layer in layers {
      let report = try checkGradients(of: layer, input: [2, 4, 3])
      #expect(report.failures().isEmpty, "\(report)")
      // Weights and biases of both layers and all directions, and the input.
      #expect(report.rows.count == 1 + 8 * (isBidirectional ? 2 : 1))
    }
  }

  private struct Lengths: Layer {
    let cell: String
    func forward(_ x: Tensor, in pass: Pass) -> Tensor {
      let lengths = Tensor([4, 1, 3] as [Int32], shape: [3])
      let parts: [Tensor]
      if cell == "lstm" {
        let made = LSTM(2, bidirectional: true).run(x, lengths: lengths, in: pass, as: "rnn")
        parts = [made.outputs, made.hidden, made.cell]
      } else {
        let made = GRU(2, bidirectional: true).run(x, lengths: lengths, in: pass, as: "rnn")
        parts = [made.outputs, made.hidden]
      }
      return concatenate(parts.map { $0.reshaped([$0.shape.count]) })
    }
  }

  @Test("have them for sequences of several lengths and their last states too", arguments: ["lstm", "gru"])
  func gradientsOfLengths(cell: String) throws {
    let report = try checkGradients(of: Lengths(cell: cell), input: [3, 4, 3])
    #expect(report.failures().isEmpty, "\(report)")
  }

  private static func numbers(_ shape: Shape, _ seed: UInt64) -> Tensor {
    var generator = SplitMix64(seed: seed)
    return Tensor((0..<shape.count).map { _ in Float.random(in: -1...1, using: &generator) }, shape: shape)
  }

  /// One place of one layer, from the formulas.
  private static func place(
    _ cell: String, _ x: Tensor, _ states: [Tensor], _ weights: [Tensor]
  ) -> [Tensor] {
    let a = matmul(x, weights[0]) + weights[2]
    let b = matmul(states[0], weights[1]) + weights[3]
    if cell == "lstm" {
      let z = (a + b).split(into: 4, axis: 1)
      let c = sigmoid(z[1]) * states[1] + sigmoid(z[0]) * tanh(z[2])
      return [sigmoid(z[3]) * tanh(c), c]
    }
    let (p, q) = (a.split(into: 3, axis: 1), b.split(into: 3, axis: 1))
    let (r, z) = (sigmoid(p[0] + q[0]), sigmoid(p[1] + q[1]))
    return [(1 - z) * tanh(p[2] + r * q[2]) + z * states[0]]
  }

  @Test(
    "are their formulas, place by place, on every backend", arguments: ["lstm", "gru"], [false, true])
  func formulas(cell: String, isBidirectional: Bool) throws {
    let (count, length, width, units) = (3, 5, 4, 6)
    let lengths = [5, 2, 4]
    let directions = isBidirectional ? 2 : 1
    let x = Self.numbers([count, length, width], 1)
    let begin = (0..<2).map { Self.numbers([directions, count, units], 2 + UInt64($0)) }
    let states = StateStore()
    let pass = Pass(.evaluation, states: states)
    let given = Tensor(lengths.map { Int32($0) }, shape: [count])
    let found: [Tensor]
    if cell == "lstm" {
      let made = LSTM(units, bidirectional: isBidirectional).run(
        x, lengths: given, initial: (begin[0], begin[1]), in: pass, as: "rnn")
      found = [made.outputs, made.hidden, made.cell]
    } else {
      let made = GRU(units, bidirectional: isBidirectional).run(
        x, lengths: given, initial: begin[0], in: pass, as: "rnn")
      found = [made.outputs, made.hidden]
    }
    // Each sequence by itself, as long as it is.
    var rows: [Tensor] = []
    var last: [[Tensor]] = [[], []]
    for direction in 0..<directions {
      let suffix = direction == 1 ? "_l0_reverse" : "_l0"
      let weights = try ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map {
        try #require(states["rnn." + $0 + suffix]).value
      }
      var outputs: [Tensor] = []
      var ends: [[Tensor]] = [[], []]
      for sequence in 0..<count {
        var now = (0..<(cell == "lstm" ? 2 : 1)).map { begin[$0][direction, sequence].reshaped([1, units]) }
        var places: [Int: Tensor] = [:]
        let order = direction == 1 ? Array((0..<lengths[sequence]).reversed()) : Array(0..<lengths[sequence])
        for place in order {
          now = Self.place(cell, x[sequence, place].reshaped([1, width]), now, weights)
          places[place] = now[0]
        }
        outputs.append(concatenate((0..<length).map { places[$0] ?? .full([1, units], 0) }))
        for (index, state) in now.enumerated() { ends[index].append(state) }
      }
      rows.append(stack(outputs))
      for index in 0..<2 where !ends[index].isEmpty { last[index].append(concatenate(ends[index])) }
    }
    let expected = [concatenate(rows, axis: 2)] + last.filter { !$0.isEmpty }.map { stack($0) }
    #expect(found.count == expected.count)
    for choice in try everyChoice() {
      let session = try Session(on: choice, seed: 7)
      let outputs =
        found.enumerated().map { (name: "found \($0)", tensor: $1) }
        + expected.enumerated().map { (name: "expected \($0)", tensor: $1) }
      let values = try session.step(outputs: outputs)()
      for index in found.indices {
        let a = try #require(values["found \(index)"])
        let b = try #require(values["expected \(index)"])
        #expect(a.shape == b.shape)
        // Sums of 10 products of numbers below 1, through five places of bounded slope.
        #expect(zip(a.doubles, b.doubles).allSatisfy { abs($0 - $1) < 3e-6 }, "\(choice), result \(index)")
      }
    }
  }

  private func everyChoice() throws -> [BackendChoice] {
    var choices: [BackendChoice] = [.cpu]
    #if VULKAN
    if VulkanUnderTest.missing == nil { choices.append(.vulkan()) }
    #endif
    return choices
  }

  @Test("have PyTorch's names of weights, and begin within 1 / √units")
  func beginning() throws {
    let states = StateStore()
    let y = LSTM(16, layers: 2, bidirectional: true)(
      .full([2, 3, 5], 1), in: Pass(.training, states: states), as: "rnn")
    #expect(y.shape == [2, 3, 32])
    let shapes = Dictionary(uniqueKeysWithValues: states.states.map { ($0.name, $0.shape) })
    #expect(shapes["rnn.weight_ih_l0"] == [5, 64] && shapes["rnn.weight_hh_l1_reverse"] == [16, 64])
    #expect(shapes["rnn.weight_ih_l1"] == [32, 64] && shapes["rnn.bias_ih_l0_reverse"] == [64])
    #expect(shapes.count == 16)
    let session = try Session(on: .cpu, seed: 5)
    _ = try session.step(outputs: ["y": y])()
    let numbers = try session.values(of: #require(states["rnn.weight_hh_l0"])).doubles
    #expect(numbers.allSatisfy { abs($0) <= 0.25 } && numbers.contains { abs($0) > 0.24 })
  }

  @Test("drop what one layer gives to the next while training alone")
  func dropout() throws {
    let x = Self.numbers([2, 3, 4], 1)
    func values(_ mode: Pass.Mode, dropout: Double) throws -> [Double] {
      let y = GRU(5, layers: 2, dropout: dropout)(x, in: Pass(mode, states: StateStore()), as: "rnn")
      return try #require(Session(on: .cpu, seed: 3).step(outputs: ["y": y])()["y"]).doubles
    }
    #expect(try values(.evaluation, dropout: 0.5) == values(.training, dropout: 0))
    #expect(try values(.training, dropout: 0.5) != values(.training, dropout: 0))
  }

  @Test("refuse lengths and states of other shapes in a sentence")
  func refusals() throws {
    let (x, pass) = (Tensor.full([2, 3, 4], 1), Pass(.training, states: StateStore()))
    let lengths = LSTM(5).run(x, lengths: .full([3], 1, dtype: .int32), in: pass, as: "a")
    #expect(lengths.outputs.error?.reason == "2 sequences need lengths int32[2], not int32[3]")
    let states = GRU(5, layers: 2).run(x, initial: .full([1, 2, 5], 0), in: pass, as: "b")
    #expect(
      states.hidden.error?.reason == "2 sequences begin with states float32[2, 2, 5], not float32[1, 2, 5]")
    #expect(
      LSTM(5).forward(.full([2, 4], 1), in: pass).error?.reason
        == "takes floats [N, T, D] with at least one place, not float32[2, 4]")
  }
}
