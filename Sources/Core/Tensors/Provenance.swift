/// The origin of an operation: its part of a training step, its layer, its source line.
package struct Provenance: Hashable, Sendable {
  /// A part of a training step.
  package enum Phase: String, Codable, Hashable, Sendable, CaseIterable {
    /// From the images to the loss, including statistics of layers.
    case forward
    /// The gradients of the loss, and recomputed activations.
    case backward
    /// The optimizer's updates, and the counters.
    case update
  }

  package let phase: Phase

  /// The layer; for a gradient, the layer of the operation it belongs to; for an update, the parameter's
  /// name.
  ///
  /// Operations outside layers have names such as "the loss", or none.
  package let subject: String
  /// For a gradient without one, the location of the operation it belongs to.
  package let location: Location

  package init(_ phase: Phase = .forward, of subject: String = "", at location: Location = .unknown) {
    (self.phase, self.subject, self.location) = (phase, subject, location)
  }
}

/// The provenance of what is being built, where no layer provides it.
package struct StepScope: Sendable {
  let phase: Provenance.Phase
  let subject: String
  let location: Location

  @TaskLocal static var current = StepScope(.forward, "")

  package init(_ phase: Provenance.Phase, _ subject: String, at location: Location = .unknown) {
    (self.phase, self.subject, self.location) = (phase, subject, location)
  }

  /// Builds a part of the graph whose operations get this provenance.
  package func building<Result>(_ body: () throws -> Result) rethrows -> Result {
    try StepScope.$current.withValue(self, operation: body)
  }

  /// The provenance of an operation created now.
  static func provenance(layerPath: String, _ location: Location) -> Provenance {
    let scope = current
    return Provenance(
      scope.phase, of: layerPath.isEmpty ? scope.subject : layerPath,
      at: location == .unknown ? scope.location : location)
  }
}
