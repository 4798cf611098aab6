import Wording

/// Where the classes of some images are among those that a network tells apart: found by name.
///
/// Names that differ only in their Unicode form are the same. Numbers from 0 on stand for names that nobody gave; where only one of
/// the two sides has names, classes are matched by number.
public struct ClassMatching: Hashable, Sendable {
  /// For each class of the images its number in the network.
  public let numbers: [Int]

  /// Whether only numbers were compared, because one side has no names.
  public let isByNumber: Bool

  /// - Parameters:
  ///   - names: what the classes of the images are called.
  ///   - known: what those of the network are called.
  ///   - path: of the images, for errors.
  /// - Throws: `DatasetError` (`.unusable`) that names the classes that the network does not have.
  public init(of names: [String], among known: [String], path: String?) throws(DatasetError) {
    let places = Dictionary(zip(known, known.indices)) { first, _ in first }
    let unknown = names.filter { places[$0] == nil }
    isByNumber =
      !unknown.isEmpty
      && (Self.areNames(names) && Self.areNumbers(known) || Self.areNumbers(names) && Self.areNames(known))
    if isByNumber {
      // Which some of the classes are, nobody can tell by their names' order.
      let isNamed = Self.areNames(names)
      guard names.count <= known.count, !isNamed || names.count == known.count else {
        throw DatasetError(
          .unusable, path: path,
          "there are \(names.count.grouped) classes, but the network has \(known.count.grouped), and only "
            + "\(isNamed ? "these images'" : "the network's") classes have names to match them by")
      }
      numbers = Array(names.indices)
      return
    }
    guard unknown.isEmpty else {
      throw DatasetError(
        .unusable, path: path,
        "the network does not know \(unknown.count == 1 ? "the class" : "the classes") \(Self.list(unknown)): "
          + "it tells apart \(Self.list(known))")
    }
    numbers = names == known ? Array(names.indices) : names.compactMap { places[$0] }
  }

  /// What a person should know of it; nil for classes that were found by name.
  func note(on name: String) -> String? {
    isByNumber
      ? "the classes of \(name) are matched with the network's by number, because only one of the two has names"
      : nil
  }

  /// Whether these are the numbers that classes have anyway.
  private static func areNumbers(_ names: [String]) -> Bool {
    names.enumerated().allSatisfy { $0.element == "\($0.offset)" }
  }

  /// Whether somebody gave them: folders may be called by numbers, too, but not all of a network's classes by chance.
  private static func areNames(_ names: [String]) -> Bool { names.contains { Int($0) == nil } }

  private static let mostListed = 12

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(mostListed).joined(separator: ", ")
    return names.count > mostListed ? "\(shown), … (\(names.count.grouped) in all)" : shown
  }
}

extension Dataset {
  /// The same images for a network that tells certain classes apart: labels are positions in its list of names.
  ///
  /// - Parameter path: what errors call the set; nil for its name.
  /// - Throws: `DatasetError` (`.unusable`) if there are classes that the network does not have.
  public func matched(to classNames: [String], path: String? = nil) throws(DatasetError) -> Dataset {
    let matching = try ClassMatching(of: self.classNames, among: classNames, path: path ?? name)
    return try Dataset(
      name: name, training: training.relabelled(matching.numbers),
      validation: validation?.relabelled(matching.numbers), test: test.relabelled(matching.numbers),
      classNames: classNames, contents: contents,
      notes: notes + [matching.note(on: path ?? name)].compactMap(\.self))
  }
}

extension EvaluationSet {
  /// The same images for a network that tells certain classes apart: labels are positions in its list of names.
  ///
  /// - Parameter path: what errors call the set; nil for its name.
  /// - Throws: `DatasetError` (`.unusable`) if there are classes that the network does not have.
  public func matched(to classNames: [String], path: String? = nil) throws(DatasetError) -> EvaluationSet {
    let matching = try ClassMatching(of: self.classNames, among: classNames, path: path ?? name)
    return EvaluationSet(
      name: name, images: images.relabelled(matching.numbers), classNames: classNames,
      notes: notes + [matching.note(on: path ?? name)].compactMap(\.self))
  }
}
