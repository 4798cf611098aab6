/// One training step on two backends in lockstep: what both of them computed, value by value, and where they part.
///
/// After each value has been compared the second backend goes on with the first one's, so each operation is judged by what it
/// makes of equal inputs. What only one of them writes down, the other having fused it away, is part of what comes next.
public struct StepComparison: Encodable, Sendable {
  /// An element, as each of the two computed it.
  public struct Element: Encodable, Hashable, Sendable {
    public let index: [Int]
    /// NaN and infinities are `null` in JSON.
    public let first: Double
    public let second: Double
    /// How far they may be apart; infinite where the inputs at hand allow anything.
    public let tolerance: Double
    /// Units in the last place from one to the other; nil from a NaN to a number.
    public let ulps: UInt64?

    public var difference: Double { first == second ? 0 : abs(first - second) }
    var agrees: Bool { !(tolerance < difference) && first.isNaN == second.isNaN }

    /// How much of the tolerance the difference takes.
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

  /// A tensor that both wrote down.
  public struct Value: Encodable, Hashable, Sendable {
    /// "forward", "backward" or "update".
    public let phase: String
    /// The layer, such as `1 (Dense)`; in an update, the parameter; empty where there is none.
    public let subject: String
    /// What was done since the last values that both wrote down, the operation that made this one last.
    public let operations: [String]
    /// Type and shape, such as `float32[50, 10]`.
    public let type: String
    /// The state that it is the new value of; nil for what does not outlive the step.
    public let state: String?
    public let elements: Int
    /// Elements whose bits differ.
    public let differing: Int
    /// Elements that are further apart than they may be.
    public let parted: Int
    /// Elements of which nothing can be said, because a small difference of their inputs could have changed them at will.
    public let unbounded: Int
    /// The element whose difference takes most of its tolerance, or the first that is too far apart.
    ///
    /// Nil if all have the same bits, or no bounds.
    public let worst: Element?

    public var agrees: Bool { parted == 0 }
  }

  /// What the two run on.
  public let backends: [String]
  public let batchSize: Int
  /// In the order of the model: forward, backward, update.
  public let values: [Value]
  /// How many results each of the two has written down and the other has not.
  public let unmatched: [Int]

  /// The first value in which they part; nil if they agree.
  public var parting: Value? { values.first { !$0.agrees } }
}
