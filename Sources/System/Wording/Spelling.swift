extension [String] {
  /// The most similar word, if it is similar enough for a typing error.
  package func closest(to word: String) -> String? {
    let candidates = map { (word: $0, distance: $0.editDistance(to: word.lowercased())) }
    guard let best = candidates.min(by: { $0.distance < $1.distance }) else { return nil }
    return best.distance <= Swift.max(1, best.word.count / 3) ? best.word : nil
  }

  /// What to write in place of a word that is none of these, the likeliest first.
  package func advice(for word: String) -> String {
    let choices = "Choose from: \(joined(separator: ", "))."
    return closest(to: word).map { "Did you mean '\($0)'? \(choices)" } ?? choices
  }
}

extension String {
  /// The Levenshtein distance: the fewest insertions, deletions and replacements of letters.
  ///
  /// - SeeAlso: Levenshtein 1966; the two-row form of Wagner & Fischer 1974.
  package func editDistance(to other: String) -> Int {
    let target = Array(other)
    var row = Array(0...target.count)
    for (i, letter) in enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, candidate) in target.enumerated() {
        let replaced = diagonal + (letter == candidate ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = Swift.min(replaced, diagonal + 1, row[j] + 1)
      }
    }
    return row[target.count]
  }
}
