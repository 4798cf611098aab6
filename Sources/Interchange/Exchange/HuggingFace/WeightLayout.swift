import Tensors

/// How a parameter lies in another program's file: as it is, turned over, or as several parts whose columns are side by side here.
struct WeightLayout {
  struct Part {
    let name: String
    let shape: Shape
  }

  /// Here.
  let name: String
  let shape: Shape

  /// There, by columns from the first on.
  let parts: [Part]
  private let isTransposed: Bool

  /// The same numbers in the same order.
  ///
  /// - Parameter theirs: the shape there; nil for the same.
  init(_ name: String, _ shape: Shape, as other: String, shaped theirs: Shape? = nil) {
    (self.name, self.shape, isTransposed) = (name, shape, false)
    parts = [Part(name: other, shape: theirs ?? shape)]
  }

  /// A matrix `[inputs, units]` that is `[units, inputs]` there.
  init(_ name: String, _ shape: Shape, transposedAs other: String) {
    self.init(name, shape, transposedAs: [(other, shape[1])])
  }

  /// A matrix whose columns are units of several there, each `[units, inputs]`.
  init(_ name: String, _ shape: Shape, transposedAs others: [(name: String, units: Int)]) {
    (self.name, self.shape, isTransposed) = (name, shape, true)
    parts = others.map { Part(name: $0.name, shape: [$0.units, shape[0]]) }
  }

  /// A vector that is several there, one after another.
  init(_ name: String, joined others: [(name: String, units: Int)]) {
    (self.name, isTransposed) = (name, false)
    shape = [others.reduce(0) { $0 + $1.units }]
    parts = others.map { Part(name: $0.name, shape: [$0.units]) }
  }

  /// The parameter here of its parts there.
  ///
  /// - Parameter theirs: float32, one for each part, of its shape.
  func joined(_ theirs: [TensorValues]) -> TensorValues {
    guard parts.count > 1 || isTransposed else {
      return TensorValues(bytes: theirs[0].bytes, shape: shape, dtype: .float32)
    }
    var numbers = [Float](repeating: 0, count: shape.count)
    for (part, columns) in places {
      let elements = theirs[part].elements(as: Float.self)
      for row in 0..<rows {
        for (column, own) in columns.enumerated() {
          numbers[row * width + own] = elements[place(row, column, of: columns.count)]
        }
      }
    }
    return TensorValues(numbers, shape: shape)
  }

  /// The parts there of the parameter here.
  ///
  /// - Parameter own: float32, of the shape here.
  func split(_ own: TensorValues) -> [TensorValues] {
    guard parts.count > 1 || isTransposed else {
      return [TensorValues(bytes: own.bytes, shape: parts[0].shape, dtype: .float32)]
    }
    let elements = own.elements(as: Float.self)
    return places.map { part, columns in
      var numbers = [Float](repeating: 0, count: rows * columns.count)
      for row in 0..<rows {
        for (column, own) in columns.enumerated() {
          numbers[place(row, column, of: columns.count)] = elements[row * width + own]
        }
      }
      return TensorValues(numbers, shape: parts[part].shape)
    }
  }

  /// The outputs here of each part: columns of a matrix, or filters.
  var outputs: [Range<Int>] { shape.rank > 2 ? [0..<shape[0]] : places.map(\.columns) }

  private var width: Int { shape[shape.rank - 1] }
  private var rows: Int { shape.count / width }

  /// The columns here of each part.
  private var places: [(part: Int, columns: Range<Int>)] {
    var end = 0
    return parts.indices.map { part in
      let start = end
      end += parts[part].shape.count / rows
      return (part, start..<end)
    }
  }

  /// The place of an element in a part of so many columns.
  private func place(_ row: Int, _ column: Int, of columns: Int) -> Int {
    isTransposed ? column * rows + row : row * columns + column
  }
}
