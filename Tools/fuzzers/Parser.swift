/// A parser of untrusted bytes.
struct Parser: Sendable {
  let name: String

  /// A description for the list.
  let about: String

  /// The longest input, in bytes.
  var longest = 4096

  /// Tokens of the format for libFuzzer's dictionary.
  var words: [String] = []

  /// Small valid files, the initial corpus.
  let seeds: @Sendable () throws -> [[UInt8]]

  /// Corrects redundant data such as checksums, which nearly every mutation breaks: otherwise mutations would
  /// not get past them.
  var repair: (@Sendable ([UInt8]) -> [UInt8])?

  /// Parses the bytes.
  ///
  /// Throws if it rejects them; traps if an invariant is violated.
  let read: @Sendable ([UInt8]) throws -> Void

  static let all =
    datasets + pictures + checkpoints + [settings, journal, cacheEntry, tokenizer, ranks, modelConfig]
    + protocolBuffers
}

/// Ends the program if an invariant is violated; the fuzzer reports the input.
func demand(_ law: Bool, _ message: @autoclosure () -> String) {
  if !law { fatalError(message()) }
}
