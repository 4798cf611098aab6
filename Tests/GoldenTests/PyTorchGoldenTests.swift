import Devices
import CPUBackend
import Layers
import Losses
import Models
import Optimizers
import Execution
import Programs
import Sessions
import Tensors
import TestSupport
import Testing
import Training

@Suite("PyTorch's conventions")
struct PyTorchGoldenTests {
  private func distance(_ a: [Double], _ b: [Double]) -> Double {
    a.count == b.count ? zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } : .infinity
  }

  @Test("keep the running variances that PyTorch keeps, on every backend")
  func runningStatistics() throws {
    for golden in try PyTorchGolden.file.get().runningStatistics {
      let shape = Shape(golden.batches[0].shape)
      let x = State("x", shape, role: .data)
      let states = StateStore()
      // Set once by the layer's own argument, and once by the pass's.
      let pass = Pass(.training, states: states)
      _ = BatchNorm(momentum: golden.momentum, runningVariance: .unbiased)(x.value, in: pass, as: "own")
      let other = Pass(.training, states: states, runningVariance: .unbiased)
      _ = BatchNorm(momentum: golden.momentum)(x.value, in: other, as: "pass's")
      let program = try Program("statistics", assignments: pass.assignments + other.assignments)
      for (name, backend) in try everyBackend() {
        let executable = try backend.compile(program)
        for (index, batch) in golden.batches.enumerated() {
          try backend.write(batch.values(.float32), to: x)
          try executable.run(steps: 1)
          for layer in ["own", "pass's"] {
            let mean = try backend.read(#require(states["\(layer).running_mean"])).doubles
            let variance = try backend.read(#require(states["\(layer).running_var"])).doubles
            // Some float32 roundings, of numbers up to 10 and up to 40.
            #expect(distance(mean, golden.means[index]) < 2e-6, "\(name), \(shape), \(index)")
            #expect(distance(variance, golden.variances[index]) < 1e-5, "\(name), \(shape), \(index)")
          }
        }
      }
    }
  }

  @Test("have no unbiased variance of one number, and say so")
  func one() throws {
    let pass = Pass(.training, states: StateStore(), runningVariance: .unbiased)
    let error = BatchNorm().forward(.full([1, 3], 1), in: pass).error
    #expect(error?.reason.contains("more than one number for each channel of [1, 3]") == true)
    let pixels = BatchNorm().forward(.full([1, 3, 2, 1], 1), in: pass)
    #expect(pixels.error == nil)
  }

  @Test("move parameters as PyTorch's rules do while the learning rate changes")
  func updates() throws {
    for golden in try PyTorchGolden.file.get().updates {
      let rule = try #require(
        PyTorchGolden.rule(golden.rule, weightDecay: golden.weightDecay, scope: .allParameters))
      let shape: Shape = [golden.initial.count]
      var w = Tensor(golden.initial, shape: shape)
      var slots = rule.slots.map { _ in Tensor.full(shape, 0, dtype: .float64) }
      for (step, gradient) in golden.gradients.enumerated() {
        var dw = Tensor(gradient, shape: shape)
        // As in a training step; AdamW applies weight decay itself.
        if golden.rule != "adamw" { dw = dw + golden.weightDecay * w }
        (w, slots) = rule.update(
          w, gradient: dw, slots: slots, learningRate: Tensor(golden.rates[step], dtype: .float64),
          step: Tensor(Double(step), dtype: .int32))
        let found = try w.values().doubles
        #expect(
          distance(found, golden.parameters[step]) < 1e-12,  // a dozen operations of float64
          "\(golden.rule), \(golden.weightDecay), step \(step)")
      }
    }
  }

  @Test("differ from Lemnos' own as soon as the learning rate has changed, and not before")
  func velocities() throws {
    for (steps, isSame) in [(2, true), (4, false)] {
      for (a, b) in [
        (
          Momentum(learningRate: 1) as any Optimizer,
          Momentum(learningRate: 1, velocity: .ofGradients) as any Optimizer
        ),
        (
          NesterovMomentum(learningRate: 1), NesterovMomentum(learningRate: 1, velocity: .ofGradients)
        ),
      ] {
        let ends = try [a, b].map { rule in
          var (w, slots) = (Tensor(1, dtype: .float64), [Tensor(0, dtype: .float64)])
          for rate in [0.1, 0.1, 0.01, 0.01][..<steps] {
            (w, slots) = rule.update(
              w, gradient: w, slots: slots, learningRate: Tensor(rate, dtype: .float64),
              step: Tensor(0, dtype: .int32))
          }
          return try w.values().doubles
        }
        #expect((distance(ends[0], ends[1]) < 1e-12) == isSame)
      }
    }
  }

  @Test("train a ResNet that was ported from PyTorch to the same losses and scores, on every backend")
  func residualNet() throws {
    let golden = try PyTorchGolden.file.get().residualNet
    for run in golden.runs {
      for (name, backend) in try everyBackend() {
        let (losses, scores) = try trained(golden, run, on: backend)
        for (step, (loss, expected)) in zip(losses, run.losses).enumerated() {
          // float32 roundings, amplified by ten steps.
          #expect(abs(loss - expected) < 1e-5 * expected, "\(name), \(run.rule), step \(step)")
        }
        #expect(distance(scores, run.scores.data) < 1e-4, "\(name), \(run.rule)")
      }
    }
  }

  /// The losses of all steps, and the scores of the first batch in evaluation mode.
  private func trained(
    _ golden: PyTorchGolden.ResidualNet, _ run: PyTorchGolden.ResidualNet.Run, on backend: any Backend
  ) throws -> (losses: [Double], scores: [Double]) {
    let net = ResNet(
      .basic, depths: golden.widths.map { _ in 1 }, widths: golden.widths, classes: golden.classes,
      stem: .small)
    let sizes = golden.images.shape
    let batch = sizes[1]
    let images = Tensor(golden.images.values(.float32)).reshaped(Shape([sizes[0] * batch] + sizes[2...]))
    let labels = Tensor(golden.labels, shape: [golden.labels.count])
    let counter = State("step", [], dtype: .int32, role: .progress)
    let key = State("key", [2], dtype: .int32, role: .progress)
    let rows = (counter.value % Double(sizes[0])) * Double(batch) + Tensor.indices(batch)
    let rates = Tensor(run.rates.map { Float($0) }, shape: [run.rates.count])

    var settings = TrainingSettings()
    settings.batchSize = batch
    settings.runningVariance = .unbiased
    settings.regularization = run.rule == "adamw" ? 0 : run.weightDecay
    settings.regularizationScope = run.scope
    settings.regularizationPlace = .gradients
    let states = StateStore()
    let update = try ModelUpdate(
      of: Classification(net, classes: golden.classes), states: states,
      on: Batch(
        size: batch, ["images": images.gathered(at: rows), "labels": labels.gathered(at: rows)]),
      optimizer: #require(
        PyTorchGolden.rule(run.rule, weightDecay: run.weightDecay, scope: run.scope)),
      learningRate: rates.gathered(at: counter.value.reshaped([1])).reshaped([]), counter: counter, key: key,
      settings: settings)
    let executable = try backend.compile(Program("training step", assignments: update.assignments))
    for state in states.states {
      let numbers = try #require(golden.initial[state.name])
      // [units, inputs] in PyTorch.
      let values = Tensor(numbers.values(.float32))
      try backend.write(
        (state.name == "fc.weight" ? values.transposed() : values).values(), to: state)
    }
    try executable.run(steps: run.rates.count)
    let losses = try backend.read(update.losses).doubles.prefix(run.rates.count)

    let evaluated = net.forward(
      images.gathered(at: Tensor.indices(batch)), in: Pass(.evaluation, states: states))
    let evaluation = try backend.compile(Program("scores", outputs: [("scores", evaluated)]))
    try evaluation.run(steps: 1)
    return (Array(losses), try evaluation.output(0).doubles)
  }
}
