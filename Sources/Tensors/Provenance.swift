/// Who asked for an operation: which part of a training step, for which layer, on which line.
package struct Provenance: Hashable, Sendable {
  /// A part of a training step.
  package enum Phase: String, Codable, Hashable, Sendable, CaseIterable {
    /// From the images to the loss, and the statistics that layers keep.
    case forward
    /// The gradients of the loss, and what is computed again for them.
    case backward
    /// What the optimizer makes of the gradients, and the counters.
    case update
  }

  package let phase: Phase

  /// The layer; of a gradient, that of the operation whose gradient it is; of an update, the parameter's name.
  ///
  /// What no layer does has a name of its own, such as "the loss", or none.
  package let subject: String
  /// Of a gradient, that of the operation whose gradient it is, where it has none of its own.
  package let location: Location

  package init(_ phase: Phase = .forward, of subject: String = "", at location: Location = .unknown) {
    (self.phase, self.subject, self.location) = (phase, subject, location)
  }
}

/// What is being built, where no layer says so itself.
package struct StepScope: Sendable {
  let phase: Provenance.Phase
  let subject: String
  let location: Location

  @TaskLocal static var current = StepScope(.forward, "")

  package init(_ phase: Provenance.Phase, _ subject: String, at location: Location = .unknown) {
    (self.phase, self.subject, self.location) = (phase, subject, location)
  }

  /// Builds a part of the graph whose operations belong to this.
  package func building<Result>(_ body: () throws -> Result) rethrows -> Result {
    try StepScope.$current.withValue(self, operation: body)
  }

  /// Of an operation that is made now.
  static func provenance(layerPath: String, _ location: Location) -> Provenance {
    let scope = current
    return Provenance(
      scope.phase, of: layerPath.isEmpty ? scope.subject : layerPath,
      at: location == .unknown ? scope.location : location)
  }
}
