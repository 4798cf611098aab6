import Wording

/// Maps the classes of some images to those of a network, by name.
///
/// Names that differ only in their Unicode normalization are equal. Numbers from 0 on are placeholder names;
/// if only one side has real names, classes are matched by number.
public struct ClassMatching: Hashable, Sendable {
  /// For each class of the images its index in the network.
  public let numbers: [Int]

  /// True if classes were matched by number, because one side has no names.
  public let isByNumber: Bool

  /// - Parameters:
  ///   - names: the class names of the images.
  ///   - known: the class names of the network.
  ///   - path: of the images, for errors.
  /// - Throws: `DatasetError` (`.unusable`) with the names of the classes that the network lacks.
  public init(of names: [String], among known: [String], path: String?) throws(DatasetError) {
    let places = Dictionary(zip(known, known.indices)) { first, _ in first }
    let unknown = names.filter { places[$0] == nil }
    isByNumber =
      !unknown.isEmpty
      && (Self.areNames(names) && Self.areNumbers(known) || Self.areNumbers(names) && Self.areNames(known))
    if isByNumber {
      // The order of names does not tell which of the classes are missing.
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

  /// A sentence for the user; nil for classes matched by name.
  func note(on name: String) -> String? {
    isByNumber
      ? "the classes of \(name) are matched with the network's by number, because only one of the two has names"
      : nil
  }

  /// True for the numbers 0, 1, …, which are placeholders.
  private static func areNumbers(_ names: [String]) -> Bool {
    names.enumerated().allSatisfy { $0.element == "\($0.offset)" }
  }

  /// True for real names: folders may have numbers as names, but not all of a network's classes by chance.
  private static func areNames(_ names: [String]) -> Bool { names.contains { Int($0) == nil } }

  private static let mostListed = 12

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(mostListed).joined(separator: ", ")
    return names.count > mostListed ? "\(shown), … (\(names.count.grouped) in all)" : shown
  }
}

extension Dataset {
  /// The same images with labels that are indices into a network's class names.
  ///
  /// - Parameter path: for error messages; nil for the set's name.
  /// - Throws: `DatasetError` (`.unusable`) if there are classes that the network lacks.
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
  /// The same images with labels that are indices into a network's class names.
  ///
  /// - Parameter path: for error messages; nil for the set's name.
  /// - Throws: `DatasetError` (`.unusable`) if there are classes that the network lacks.
  public func matched(to classNames: [String], path: String? = nil) throws(DatasetError) -> EvaluationSet {
    let matching = try ClassMatching(of: self.classNames, among: classNames, path: path ?? name)
    return EvaluationSet(
      name: name, images: images.relabelled(matching.numbers), classNames: classNames,
      notes: notes + [matching.note(on: path ?? name)].compactMap(\.self))
  }
}
