import Wording

/// The classes of a set with integer labels: those that occur, in order, named by their numbers.
///
/// Labels need not start at 0, nor be contiguous: EMNIST's letters are 1 to 26, and three digits of ten are
/// three classes.
struct NumberedClasses {
  /// The label in the files, for each class.
  let numbers: [Int]

  /// - Throws: `DatasetError` (`.unusable`) for a negative label, and for more classes than fit into 32
  ///   bits.
  init(of labels: [[Int]], path: String) throws(DatasetError) {
    var seen: Set<Int> = []
    for part in labels { seen.formUnion(part) }
    numbers = seen.sorted()
    if let least = numbers.first, least < 0 {
      throw DatasetError(.unusable, path: path, "there is a label \(least), but classes are counted from 0")
    }
  }

  /// In decimal.
  var names: [String] { numbers.map(String.init) }

  /// Indices into `numbers`.
  func labels(_ labels: [Int]) -> [Int32] {
    guard numbers.last != numbers.count - 1 else { return labels.map { Int32($0) } }
    let places = Dictionary(uniqueKeysWithValues: numbers.enumerated().map { ($1, Int32($0)) })
    return labels.map { places[$0] ?? 0 }
  }
}
