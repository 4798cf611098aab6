import Datasets
import Tensors

/// The examples of each class, by their numbers: what balanced sampling draws from.
struct ClassRows {
  /// Class after class.
  private let rows: [Int32]
  /// Of each class that has examples: where they begin, and how many they are.
  private let starts: [Int32]
  private let counts: [Int32]

  init(labels: [Int32]) {
    let order = labels.indices.sorted { (labels[$0], $0) < (labels[$1], $1) }
    rows = order.map(Int32.init)
    let borders = order.indices.filter { $0 == 0 || labels[order[$0]] != labels[order[$0 - 1]] }
    starts = borders.map(Int32.init)
    counts = zip(borders, borders.dropFirst() + [order.count]).map { Int32($1 - $0) }
  }

  /// Of the examples that an objective tells the classes of.
  ///
  /// - Throws: `TrainingError.setting` for another objective; what the source throws.
  init(of source: any DataSource, for objective: any Objective) throws {
    guard let objective = objective as? Classification,
      let field = source.fields.firstIndex(where: { $0.name == objective.label })
    else {
      throw TrainingError.setting("only the examples of a classification can be drawn by their classes")
    }
    self.init(labels: try source.allValues(ofField: field).doubles.map { Int32($0) })
  }

  /// The numbers of some examples, int32 `[size]`: a class drawn evenly, and one of its examples evenly.
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
