/// Why all ranks have to end, as one tells another.
struct Failure: Equatable, Sendable {
  let category: MessagePassingError.Category
  let sentence: String
  /// The exit code of all.
  let code: Int32
  /// The rank that prints the sentence.
  let printer: Int
  /// A rank that does not respond, which somebody of its host has to end.
  var silent: Int?

  /// What callers get; the sentence is printed by the watch.
  var error: MessagePassingError {
    MessagePassingError(category, sentence, code: code, isReported: true)
  }
}
