/// A rewrite of a graph or program: a pattern, replaced by an equivalent that is faster or takes less
/// memory.
///
/// Every one is a row of this table, in the order in which they are applied. A backend selects those that suit
/// it (`FusionPolicy.rewrites`), and each can be left out: results then agree within rounding.
public enum Rewrite: String, CaseIterable, Hashable, Sendable {
  case roundBeforeMovement = "round-before-movement"
  case maskBeforePooling = "mask-before-pooling"
  case sumBeforeScattering = "sum-before-scattering"
  case channelsLast = "channels-last"
  case foldConstants = "fold-constants"
  case joinParts = "join-parts"
  case gatherShuffledRows = "gather-shuffled-rows"
  case sumWithoutTranspose = "sum-without-transpose"
  case splitSums = "split-sums"
  case splitProducts = "split-products"
  case sumsIntoProducts = "sums-into-products"
  case secondarySums = "secondary-sums"
  case mergeReductions = "merge-reductions"

  /// Its name, as options take it.
  public var name: String { rawValue }

  /// The operations that it replaces.
  public var pattern: String { row.pattern }

  /// What it replaces them by.
  public var replacement: String { row.replacement }

  /// What it saves, by the plans of training steps, and on which backend.
  public var gain: String { row.gain }

  /// The text of a rewrite, which stands beside its code.
  struct Row {
    let pattern: String
    let replacement: String
    let gain: String
  }

  private var row: Row {
    switch self {
    case .roundBeforeMovement: .roundBeforeMovement
    case .maskBeforePooling: .maskBeforePooling
    case .sumBeforeScattering: .sumBeforeScattering
    case .channelsLast: .channelsLast
    case .foldConstants: .foldConstants
    case .joinParts: .joinParts
    case .gatherShuffledRows: .gatherShuffledRows
    case .sumWithoutTranspose: .sumWithoutTranspose
    case .splitSums: .splitSums
    case .splitProducts: .splitProducts
    case .sumsIntoProducts: .sumsIntoProducts
    case .secondarySums: .secondarySums
    case .mergeReductions: .mergeReductions
    }
  }
}

extension Rewrite {
  /// Those applied while a graph is lowered, before any backend has a say.
  static let ofLowering: Set<Rewrite> = [.roundBeforeMovement, .foldConstants, .joinParts]

  /// The rewrites of a graph into another, in their order.
  static let ofGraphs: [(rewrite: Rewrite, apply: @Sendable (Graph) -> (graph: Graph, count: Int))] = [
    (.maskBeforePooling, { $0.maskingBeforePooling() }),
    (.sumBeforeScattering, { $0.summingBeforeScattering() }),
    (.channelsLast, { $0.withChannelsLast() }),
  ]

  /// Those that suit any device that runs generated code.
  package static let usual: Set<Rewrite> = [
    .roundBeforeMovement, .maskBeforePooling, .sumBeforeScattering, .foldConstants, .joinParts,
    .gatherShuffledRows,
    .sumWithoutTranspose, .splitSums, .splitProducts, .mergeReductions,
  ]
}
