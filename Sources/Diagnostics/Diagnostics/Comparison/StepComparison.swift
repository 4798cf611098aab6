/// The comparison of a training step on two backends in lockstep, value by value.
///
/// After each comparison the second backend continues with the first one's value, so each operation is judged
/// on equal inputs. Values stored by only one of them, because the other fused them away, count as part of
/// the next stored value.
public struct StepComparison: Encodable, Sendable {
  /// An element as computed by both.
  public struct Element: Encodable, Hashable, Sendable {
    public let index: [Int]
    /// NaN and infinities are `null` in JSON.
    public let first: Double
    public let second: Double
    /// The error bound; infinite if the inputs allow any value.
    public let tolerance: Double
    /// The distance in ulp; nil between a NaN and a number.
    public let ulps: UInt64?

    public var difference: Double { first == second ? 0 : abs(first - second) }
    var agrees: Bool { !(tolerance < difference) && first.isNaN == second.isNaN }

    /// The difference relative to the tolerance.
    public var share: Double {
      difference == 0 ? 0 : difference.isNaN ? .infinity : difference / tolerance
    }

    private enum CodingKeys: CodingKey { case index, first, second, tolerance, ulps }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(index, forKey: .index)
      for (key, number) in [(CodingKeys.first, first), (.second, second), (.tolerance, tolerance)] {
        try container.encode(number.isFinite ? number : nil, forKey: key)
      }
      try container.encode(ulps, forKey: .ulps)
    }
  }

  /// A tensor that both stored.
  public struct Value: Encodable, Hashable, Sendable {
    /// "forward", "backward" or "update".
    public let phase: String
    /// The layer, such as `1 (Dense)`; in an update, the parameter; empty for none.
    public let subject: String
    /// The operations since the last values that both stored, ending with this value's.
    public let operations: [String]
    /// Type and shape, such as `float32[50, 10]`.
    public let type: String
    /// The state of which it is the new value; nil for an intermediate.
    public let state: String?
    public let elements: Int
    /// Elements whose bits differ.
    public let differing: Int
    /// Elements whose difference exceeds the tolerance.
    public let parted: Int
    /// Elements without a bound, because a small difference of their inputs may change them arbitrarily.
    public let unbounded: Int
    /// The element with the greatest difference relative to its tolerance, or the first one beyond it.
    ///
    /// Nil if all agree bitwise, or none has a bound.
    public let worst: Element?

    public var agrees: Bool { parted == 0 }
  }

  /// The backends' descriptions.
  public let backends: [String]
  public let batchSize: Int
  /// In model order: forward, backward, update.
  public let values: [Value]
  /// The number of results stored by only one of the two, for each.
  public let unmatched: [Int]

  /// The first value beyond tolerance; nil if they agree.
  public var parting: Value? { values.first { !$0.agrees } }

  package init(backends: [String], batchSize: Int, values: [Value], unmatched: [Int]) {
    (self.backends, self.batchSize, self.values, self.unmatched) = (backends, batchSize, values, unmatched)
  }
}
