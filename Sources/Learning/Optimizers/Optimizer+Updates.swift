public import Tensors

/// The state updates of one optimizer step, for custom steps.
public struct OptimizerUpdates: Sendable {
  /// The update of one parameter.
  package struct Part: Sendable {
    package let parameter: State
    /// The next value of the parameter, or of where its values are, and those of its slots.
    package let assignments: [Assignment]
    /// Its optimizer state.
    package let slots: [State]
  }

  /// In the order of the parameters.
  package let parts: [Part]

  /// The next values of the parameters and of the optimizer state.
  public var assignments: [Assignment] { parts.flatMap(\.assignments) }

  /// The optimizer state.
  public var slots: [State] { parts.flatMap(\.slots) }
}

/// An optimizer step with its own learning rate and step counter.
public struct Minimization: Sendable {
  /// The step's state updates.
  public let assignments: [Assignment]

  /// The learning rate η, which the host may change between steps.
  public let learningRate: State

  /// The number of steps done.
  public let counter: State

  /// The optimizer state of the parameters.
  public let slots: [State]

  /// All of its states, to be saved with the parameters for exact resumption.
  public var states: [State] { [learningRate, counter] + slots }

  /// A state's next value, for example a parameter's, from which averaged weights are made.
  public subscript(state: State) -> Tensor {
    assignments.first { $0.state == state }?.value
      ?? .invalid("minimization", "gives nothing to '\(state.name)'")
  }
}

extension Optimizer {
  /// One step down the gradient of a loss.
  ///
  ///     let step = try session.step(
  ///       outputs: ["loss": loss], assigning: Adam().minimizing(loss, at: states.parameters).assignments)
  ///
  /// - Parameters:
  ///   - loss: a float scalar.
  ///   - name: the prefix of its states' names, unique among the optimizers of a step.
  public func minimizing(
    _ loss: Tensor, at parameters: [State], named name: String = "optimizer"
  ) -> Minimization {
    minimizing(gradients(of: loss, at: parameters.map(\.value)), at: parameters, named: name)
  }

  /// The same from modified gradients, such as clipped ones.
  ///
  /// - Parameter gradients: one per parameter.
  public func minimizing(
    _ gradients: [Tensor], at parameters: [State], named name: String = "optimizer"
  ) -> Minimization {
    let learningRate = State(
      "\(name).learningRate", [], role: .progress, initial: .constant(self.learningRate))
    let counter = State("\(name).step", [], dtype: .int32, role: .progress)
    let updates = updates(
      of: parameters, by: gradients, learningRate: learningRate.value, step: counter.value, named: name)
    return Minimization(
      assignments: updates.assignments + [Assignment(counter, counter.value + 1)],
      learningRate: learningRate, counter: counter, slots: updates.slots)
  }

  /// The next values of some parameters, each by its own rule.
  ///
  /// - Parameters:
  ///   - gradients: one per parameter.
  ///   - learningRate: a scalar: the scheduled η.
  ///   - step: the number of steps done before, an int32 scalar.
  ///   - name: the prefix of the optimizer state's names: `optimizer.velocity.0.weight`.
  public func updates(
    of parameters: [State], by gradients: [Tensor], learningRate: Tensor, step: Tensor,
    named name: String = "optimizer"
  ) -> OptimizerUpdates {
    updates(
      of: parameters, in: parameters, by: gradients, learningRate: learningRate, step: step, named: name)
  }

  /// - Parameter places: where the parameters' values are, if not in themselves.
  package func updates(
    of parameters: [State], in places: [State], by gradients: [Tensor], learningRate: Tensor, step: Tensor,
    named name: String = "optimizer"
  ) -> OptimizerUpdates {
    precondition(
      parameters.count == gradients.count,
      "\(parameters.count) parameters and \(gradients.count) gradients: there has to be one for each")
    let fault = fault(for: parameters)
    let parts = zip(zip(parameters, places), gradients).map { pair, gradient in
      let (parameter, place) = pair
      if let fault {
        return OptimizerUpdates.Part(
          parameter: parameter, assignments: [Assignment(place, .invalid("\(Self.self)", fault))], slots: [])
      }
      let rule = rule(for: parameter)
      let own = rule.slots.map {
        State("\(name).\($0).\(parameter.name)", parameter.shape, dtype: parameter.dtype, role: .optimizer)
      }
      let next = StepScope(.update, parameter.name).building {
        rule.update(
          place.value, gradient: gradient, slots: own.map(\.value),
          learningRate: (learningRate * (rule.learningRate / self.learningRate)).cast(to: parameter.dtype),
          step: step)
      }
      return OptimizerUpdates.Part(
        parameter: parameter,
        assignments: [Assignment(place, next.parameter)] + zip(own, next.slots).map { Assignment($0, $1) },
        slots: own)
    }
    return OptimizerUpdates(parts: parts)
  }
}
