import Glibc
package import Lemnos

/// Custom training loops: the cost of a step with next to no arithmetic.
package enum OwnLoop: String, CaseIterable, Sendable {
  case linearRegression = "linear-regression"
  /// Both halves of a GAN's step in one program, and each by itself.
  case gan
  case ganDiscriminator = "gan, discriminator alone"
  case ganGenerator = "gan, generator alone"

  package struct Cost: Sendable {
    /// Wall time per step, including new inputs and reading the loss.
    package let microseconds: Double
    /// CPU time of all threads.
    package let processorMicroseconds: Double
  }

  /// Runs steps for about so many seconds, after a warm-up.
  package func measure(on choice: BackendChoice, seconds: Double) throws -> Cost {
    let session = try Session(on: choice, seed: 1)
    let (step, inputs, output) = try self == .linearRegression ? line(in: session) : gan(in: session)
    func once() throws {
      try step.run(inputs)
      _ = try step.output(output)
    }
    for _ in 0..<100 { try once() }
    let clock = ContinuousClock()
    var steps = 0
    let (start, processorStart) = (clock.now, OwnLoop.processorMicroseconds)
    while (clock.now - start) / .seconds(1) < seconds {
      for _ in 0..<100 { try once() }
      steps += 100
    }
    let wall = (clock.now - start) / .microseconds(1)
    return Cost(
      microseconds: wall / Double(steps),
      processorMicroseconds: (OwnLoop.processorMicroseconds - processorStart) / Double(steps))
  }

  private static var processorMicroseconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) * 1e-3
  }

  private typealias Loop = (step: Step, inputs: [String: any TensorFeed], output: String)

  /// 13 numbers to one, in batches of 32.
  private func line(in session: Session) throws -> Loop {
    let (x, y) = (Tensor.input("x", [32, 13]), Tensor.input("y", [32, 1]))
    let (w, b) = (State("w", [13, 1], role: .weight), State("b", [1], role: .bias))
    let error = matmul(x, w.value) + b.value - y
    let loss = (error * error).mean()
    let update = SGD(learningRate: 1e-3).minimizing(loss, at: [w, b])
    let step = try session.step("line", outputs: ["loss": loss], assigning: update.assignments)
    let xs = (0..<32 * 13).map { Float($0 % 17) / 17 }
    return (step, ["x": xs, "y": Array(xs.prefix(32))], "loss")
  }

  /// 64 points of 2 numbers, generated from 8 by a hidden layer of 128, and discriminated by another such
  /// net.
  private func gan(in session: Session) throws -> Loop {
    func net(_ outputs: Int) -> Sequential {
      Sequential {
        Dense(128)
        ReLU()
        Dense(outputs)
      }
    }
    let (g, d) = (StateStore(), StateStore())
    let real = Tensor.input("real", [64, 2])
    let pass = Pass(.training, states: g, random: RandomSource(seed: 3))
    let fake = net(2).forward(pass.uniform([64, 8]) * 2 - 1, in: pass)
    func logits(_ x: Tensor) -> Tensor { net(1).forward(x, in: Pass(.training, states: d)) }
    let bce = Loss.binaryCrossEntropy()
    let ones = Tensor.full([64, 1], 1)
    var updates: [Minimization] = []
    var losses: [Tensor] = []
    if self != .ganGenerator {
      losses.append(bce(logits(real), ones) + bce(logits(fake.detached), ones - 1))
      updates.append(Adam().minimizing(losses[0], at: d.parameters, named: "d"))
    }
    if self != .ganDiscriminator {
      losses.append(bce(logits(fake), ones))
      updates.append(Adam().minimizing(losses[losses.count - 1], at: g.parameters, named: "g"))
    }
    let loss = losses.dropFirst().reduce(losses[0], +)
    let step = try session.step(
      "gan", outputs: ["loss": loss], assigning: updates.flatMap(\.assignments) + pass.assignments)
    let points = (0..<128).map { Float($0 % 11) / 11 }
    return (step, self == .ganGenerator ? [:] : ["real": points], "loss")
  }
}
