public import Tensors

/// What one step of an optimizer gives to states: for a step of one's own.
public struct OptimizerUpdates: Sendable {
  /// The parameters' next values, and what the optimizer remembers of them.
  public let assignments: [Assignment]

  /// What it remembers.
  public let moments: [State]
}

/// A step of an optimizer with a learning rate and a counter of its own.
public struct Minimization: Sendable {
  /// What the step gives to states.
  public let assignments: [Assignment]

  /// The learning rate η, which the host may change between steps.
  public let learningRate: State

  /// Steps done.
  public let counter: State

  /// What the optimizer remembers of the parameters.
  public let moments: [State]

  /// All of its states: what goes into a file beside the parameters, so that training goes on as it was.
  public var states: [State] { [learningRate, counter] + moments }

  /// What a state is given, such as a parameter's next value: an average of weights is made of it.
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
  ///   - name: begins the names of its states; another one for each optimizer of a step.
  public func minimizing(
    _ loss: Tensor, at parameters: [State], named name: String = "optimizer"
  ) -> Minimization {
    minimizing(gradients(of: loss, at: parameters.map(\.value)), at: parameters, named: name)
  }

  /// The same by gradients that something was done to, such as clipping.
  ///
  /// - Parameter gradients: one for each parameter.
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
      learningRate: learningRate, counter: counter, moments: updates.moments)
  }

  /// The next values of some parameters, each by its own rule.
  ///
  /// - Parameters:
  ///   - gradients: one for each parameter.
  ///   - learningRate: a scalar: η by the schedule.
  ///   - step: how many steps were done before, an int32 scalar.
  ///   - name: begins the names of what is remembered: `optimizer.velocity.0.weight`.
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
    var (assignments, moments): ([Assignment], [State]) = ([], [])
    if let fault = fault(for: parameters), let first = places.first {
      return OptimizerUpdates(
        assignments: [Assignment(first, .invalid("\(Self.self)", fault))], moments: [])
    }
    for ((parameter, place), gradient) in zip(zip(parameters, places), gradients) {
      let rule = rule(for: parameter)
      let own = rule.moments.map {
        State("\(name).\($0).\(parameter.name)", parameter.shape, dtype: parameter.dtype, role: .optimizer)
      }
      let next = StepScope(.update, parameter.name).building {
        rule.update(
          place.value, gradient: gradient, moments: own.map(\.value),
          learningRate: (learningRate * (rule.learningRate / self.learningRate)).cast(to: parameter.dtype),
          step: step)
      }
      assignments.append(Assignment(place, next.parameter))
      assignments += zip(own, next.moments).map { Assignment($0, $1) }
      moments += own
    }
    return OptimizerUpdates(assignments: assignments, moments: moments)
  }
}
