/// Something that reads bytes from outside.
struct Parser: Sendable {
  let name: String

  /// What it reads, for the list.
  let about: String

  /// The longest input, in bytes.
  var longest = 4096

  /// Words of the format, which mutations put in.
  var words: [String] = []

  /// Small files as they should be, which mutations begin with.
  let seeds: @Sendable () throws -> [[UInt8]]

  /// Makes right what a mutation makes wrong in every byte, such as checksums: or no change would get past them.
  var repair: (@Sendable ([UInt8]) -> [UInt8])?

  /// Reads the bytes.
  ///
  /// Throws where it refuses them; ends the program where a law does not hold.
  let read: @Sendable ([UInt8]) throws -> Void

  static let all =
    datasets + pictures + checkpoints + [settings, journal, cacheEntry] + protocolBuffers
}

/// Ends the program, which the fuzzer reports with the input.
func demand(_ law: Bool, _ message: @autoclosure () -> String) {
  if !law { fatalError(message()) }
}
