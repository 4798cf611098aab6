import Datasets
import Tensors

/// The indices of each class's examples, for balanced sampling.
struct ClassRows {
  /// Class after class.
  private let rows: [Int32]
  /// For each class that has examples: the offset and number of its examples.
  private let starts: [Int32]
  private let counts: [Int32]

  init(labels: [Int32]) {
    let order = labels.indices.sorted { (labels[$0], $0) < (labels[$1], $1) }
    rows = order.map(Int32.init)
    let borders = order.indices.filter { $0 == 0 || labels[order[$0]] != labels[order[$0 - 1]] }
    starts = borders.map(Int32.init)
    counts = zip(borders, borders.dropFirst() + [order.count]).map { Int32($1 - $0) }
  }

  /// For the labels of a classification objective.
  ///
  /// - Throws: `TrainingError.setting` for another objective; errors of the source.
  init(of source: any DataSource, for objective: any Objective) throws {
    guard let objective = objective as? Classification,
      let field = source.fields.firstIndex(where: { $0.name == objective.label })
    else {
      throw TrainingError.setting("only the examples of a classification can be drawn by their classes")
    }
    self.init(labels: try source.allValues(ofField: field).doubles.map { Int32($0) })
  }

  /// The indices of some examples, int32 `[size]`: a uniformly random class, and a uniformly random example
  /// of it.
  func batch(_ size: Int, key: Tensor, counter: Tensor) -> Tensor {
    // u ≤ 1 − 2⁻²⁴, and in float32 u · count rounds to less than the count.
    func draw(_ name: String) -> Tensor {
      randomUniform([size], key: key, counter: counter, stream: Philox.stream(named: name))
    }
    let own = (draw("sampling.class") * Double(counts.count)).cast(to: .int32)
    let (first, count) = (
      Tensor(starts, shape: [starts.count]).gathered(at: own),
      Tensor(counts, shape: [counts.count]).gathered(at: own)
    )
    let place = (draw("sampling") * count.cast(to: .float32)).cast(to: .int32)
    return Tensor(rows, shape: [rows.count]).gathered(at: first + place)
  }
}
