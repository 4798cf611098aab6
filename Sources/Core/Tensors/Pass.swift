/// One forward pass through a model: its mode, its states, and the current layer.
///
/// A pass builds expressions; nothing is computed meanwhile.
public final class Pass {
  public enum Mode: Sendable {
    /// Dropout is active, batch normalization uses batch statistics and updates its running ones.
    case training
    case evaluation
  }

  public let mode: Mode
  public let states: StateStore

  /// The standard deviation of the Gaussian numbers with which weights begin, as CS231n's `weight_scale`; nil for √(2 /
  /// fan-in).
  ///
  /// Layers that have an initializer of their own keep to that.
  public let weightScale: Double?

  /// The format to which layers round the operands of matrix products and convolutions.
  public let precision: Precision

  /// The parts that are recomputed in the backward pass.
  public let recomputation: Recomputation

  /// The estimate of batch normalization's running variance, unless a layer says otherwise.
  public let runningVariance: VarianceEstimate

  /// The processes that run the pass in step, over whose batches together batch statistics are taken: 1 for this one alone.
  package let ranks: Int

  /// State updates by layers, such as running statistics.
  public private(set) var assignments: [Assignment] = []

  /// The parts of the model in order of execution, the model as a whole first.
  public private(set) var parts = [Part(path: "", kind: "")]

  private let randomness: (key: Tensor, counter: Tensor)

  /// - Parameters:
  ///   - weightScale: the standard deviation of initial weights, except those of layers with an initializer of their
  ///     own.
  ///   - precision: the format to which operands of products are rounded.
  ///   - recomputation: the parts that are recomputed in the backward pass.
  ///   - runningVariance: the estimate of batch normalization's running variance.
  ///   - key: the key of the pass's random numbers: int32 `[2]`. Fixed, unless the run has one.
  ///   - counter: the counter of the random numbers: an int32 scalar, such as the step.
  public convenience init(
    _ mode: Mode, states: StateStore, weightScale: Double? = nil,
    precision: Precision = .float32, recomputation: Recomputation = .none,
    runningVariance: VarianceEstimate = .biased,
    key: Tensor = Tensor([Int32(0), 0], shape: [2]),
    counter: Tensor = Tensor(0, dtype: .int32)
  ) {
    self.init(
      mode, states: states, weightScale: weightScale, precision: precision, recomputation: recomputation,
      runningVariance: runningVariance, key: key, counter: counter, ranks: 1)
  }

  /// - Parameter ranks: the processes that run the pass in step, and share batch statistics.
  package init(
    _ mode: Mode, states: StateStore, weightScale: Double?, precision: Precision,
    recomputation: Recomputation, runningVariance: VarianceEstimate, key: Tensor, counter: Tensor, ranks: Int
  ) {
    self.mode = mode
    self.states = states
    self.weightScale = weightScale
    self.precision = precision
    self.recomputation = recomputation
    self.runningVariance = runningVariance
    self.ranks = ranks
    randomness = (key, counter)
  }

  /// Random numbers in [0, 1), float32, for the current layer; new ones at each call.
  public func uniform(_ shape: Shape) -> Tensor {
    randomUniform(shape, key: randomness.key, counter: randomness.counter, stream: newStream())
  }

  /// Dropout of the weights of an attention of the current layer, with new random numbers at each call; nil where nothing is
  /// dropped: in evaluation, and at rate 0.
  ///
  /// - Parameter rate: the probability of dropping a weight, from 0 up to 1.
  public func attentionDropout(_ rate: Double) -> AttentionDropout? {
    guard mode == .training, rate != 0 else { return nil }
    return AttentionDropout(rate, key: randomness.key, counter: randomness.counter, stream: newStream())
  }

  /// A stream of random numbers of its own for each draw of a layer.
  private func newStream() -> UInt32 {
    draws[prefix, default: 0] += 1
    let draw = draws[prefix, default: 0]
    return Philox.stream(named: key(draw == 1 ? "uniform" : "uniform.\(draw)"))
  }

  /// The number of draws of random numbers by each part.
  private var draws: [String: Int] = [:]

  /// A pass with the random numbers of a source.
  ///
  /// A training pass advances the source: that is one of its assignments.
  public convenience init(
    _ mode: Mode, states: StateStore, random: RandomSource, precision: Precision = .float32
  ) {
    self.init(
      mode, states: states, precision: precision, key: random.key.value, counter: random.counter.value)
    if mode == .training { assignments.append(random.advance) }
  }

  /// The type of parameters and activations.
  public var dtype: DType { states.dtype }

  /// A learned matrix or filter bank, subject to weight decay.
  ///
  /// - Parameters:
  ///   - name: unique within the layer. With the layer's path before it, it is the key in checkpoints.
  ///   - fanIn: how many inputs each output sums over.
  ///   - fanOut: how many outputs each input takes part in; nil for as many as there are weights for each input of a
  ///     sum.
  ///   - initializer: how the weights begin. Nil for Gaussian numbers, unless the pass says otherwise of standard
  ///     deviation √(2 / fanIn),
  ///     which keeps the variance through ReLUs (He et al. 2015).
  public func weight(
    _ name: String, _ shape: Shape, fanIn: Int, fanOut: Int? = nil, initializer: Initializer? = nil
  ) -> Tensor {
    guard let initializer else {
      let deviation = weightScale ?? (2 / Double(Swift.max(fanIn, 1))).squareRoot()
      return value(of: name, shape, role: .weight, initial: .normal(standardDeviation: deviation))
    }
    let fanOut = fanOut ?? shape.count / Swift.max(fanIn, 1)
    var initial = initializer.initialValue(shape, fanIn, fanOut)
    if case .values(let given) = initial {
      guard given.shape == shape else {
        return .invalid(
          name, "the values given for '\(key(name))' are \(given.shape), but this input asks for \(shape)")
      }
      initial = .values(TensorValues(converting: given.doubles, shape: shape, to: dtype))
    }
    return value(of: name, shape, role: .weight, initial: initial)
  }

  /// A learned vector that is exempt from weight decay, unless that includes all parameters.
  public func bias(_ name: String, _ shape: Shape, initial: Double = 0) -> Tensor {
    value(of: name, shape, role: .bias, initial: initial == 0 ? .zeros : .constant(initial))
  }

  /// A quantity measured during training.
  ///
  /// Update it by `assign`.
  public func statistic(_ name: String, _ shape: Shape, initial: Double = 0) -> Tensor {
    value(of: name, shape, role: .statistic, initial: initial == 0 ? .zeros : .constant(initial))
  }

  /// Updates a statistic, from the next step on.
  public func assign(_ name: String, _ value: Tensor) {
    let key = self.key(name)
    guard let state = states[key] else {
      preconditionFailure("'\(key)' is assigned before it is declared in the pass")
    }
    assignments.append(Assignment(state, value))
  }

  /// Runs a part of the model under its own name.
  ///
  /// Names are joined by dots and make the keys of its states.
  ///
  /// - Parameter kind: the layer's type, for error messages.
  public func scope<Result>(_ name: String, kind: String = "", _ body: () -> Result) -> Result {
    let (outer, asked) = (current, asked)
    defer { (current, self.asked) = (outer, asked) }
    self.asked = []
    let part = Part(path: key(name), kind: kind)
    // A part that runs twice, sharing its states, is one part.
    current = parts.firstIndex { $0.label == part.label } ?? parts.count
    if current == parts.count { parts.append(part) }
    let result = LayerPath.$current.withValue(part.label, operation: body)
    parts[current].output = result as? Tensor
    return result
  }

  /// A block: a part of the model worth recomputing, so that of its activations only `x` has to be kept.
  ///
  /// It is recomputed in training, if the pass says so.
  public func block(_ x: Tensor, _ body: (Tensor) -> Tensor) -> Tensor {
    let y = body(x)
    return mode == .training && recomputation == .blocks ? recomputed(y, from: x) : y
  }

  /// The index of the innermost running part.
  private var current = 0

  var prefix: String { parts[current].path }

  func key(_ name: String) -> String { prefix.isEmpty ? name : "\(prefix).\(name)" }

  /// The names that the running part has asked for.
  private var asked: Set<String> = []

  func value(of name: String, _ shape: Shape, role: State.Role, initial: InitialValue) -> Tensor {
    // Two adjacent layers would otherwise share their weights unnoticed.
    guard asked.insert(name).inserted else {
      return .invalid(
        name,
        "'\(key(name))' is asked for twice by one part: a second layer needs a name of its own, as in "
          + "layer(x, in: pass, as: \"second\")")
    }
    let state = states.state(key(name), shape, role: role, initial: initial)
    if !parts[current].states.contains(state) { parts[current].states.append(state) }
    guard state.shape == shape else {
      return .invalid(
        name, "'\(state.name)' was made as \(state.shape), but this input asks for \(shape)")
    }
    return state.value
  }
}
