public import Tensors

/// Optimizers for groups of parameters, by name: a lower rate for pretrained layers, no decay for embeddings.
///
///     ParameterGroups(["fc.*": AdamW(learningRate: 1e-3)], others: AdamW(learningRate: 1e-4))
///
/// A pattern that is no parameter's name is a mistake, which is told when the step is made ready.
///
/// A schedule, and whoever changes the learning rate in mid-run, acts on all groups alike: each keeps its ratio to the
/// others' rate.
public struct ParameterGroups: Optimizer {
  /// A parameter belongs to the first group whose pattern matches its name; * matches anything.
  public let groups: [(pattern: String, optimizer: any Optimizer)]

  /// For parameters that match no pattern.
  public let others: any Optimizer

  public init(_ groups: KeyValuePairs<String, any Optimizer>, others: any Optimizer) {
    self.groups = groups.map { (pattern: $0, optimizer: $1) }
    self.others = others
  }

  public var learningRate: Double { others.learningRate }
  public var slots: [String] { others.slots }

  public func rule(for parameter: State) -> any Optimizer {
    let group = groups.first { NamePattern($0.pattern).matches(parameter.name) }
    return (group?.optimizer ?? others).rule(for: parameter)
  }

  public func fault(for parameters: [State]) -> String? {
    let names = parameters.map(\.name)
    let unused = groups.first { group in !names.contains { NamePattern(group.pattern).matches($0) } }
    return unused.map { group in
      "no parameter that is trained is called '\(group.pattern)'; there are "
        + names.prefix(4).joined(separator: ", ") + (names.count > 4 ? " and others" : "")
    }
  }

  public func update(
    _ w: Tensor, gradient dw: Tensor, slots: [Tensor], learningRate: Tensor, step: Tensor
  ) -> (parameter: Tensor, slots: [Tensor]) {
    others.update(w, gradient: dw, slots: slots, learningRate: learningRate, step: step)
  }
}
