import CLibFuzzer
import Files
import Glibc

/// Runs the parsers on fuzzed bytes.
///
/// `Tools/fuzz` builds it with libFuzzer and the address sanitizer, and calls it.
///
///     fuzzers --list                names and lengths
///     fuzzers --seeds FOLDER        writes FOLDER/NAME/… and the words of the formats, FOLDER/NAME.dict
///     fuzzers NAME ARGUMENT…        libFuzzer with its arguments, or a reading of files where it is not linked
@main
struct Fuzzers {
  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    switch (arguments.first, arguments.count) {
    case ("--list", 1):
      for parser in Parser.all { print("\(parser.name)\t\(parser.longest)\t\(parser.about)") }
    case ("--seeds", 2): try writeSeeds(to: arguments[2])
    case (let name?, 2...):
      guard let parser = Parser.all.first(where: { $0.name == name }) else { fallthrough }
      if lemnos_has_libfuzzer() { exit(Fuzzing.run(parser)) }
      for path in arguments.dropFirst() {
        do {
          try parser.read(DurableFile.read(path))
          print("\(path): accepted")
        } catch {
          print("\(path): refused: \(error)")
        }
      }
    default:
      print("fuzzers: give --list, --seeds FOLDER, or NAME FILE…; Tools/fuzz is what people run")
      exit(64)
    }
  }

  private static func writeSeeds(to folder: String) throws {
    for parser in Parser.all {
      mkdir("\(folder)/\(parser.name)", 0o777)
      for (number, seed) in try parser.seeds().enumerated() {
        // A seed must be accepted by its own parser.
        try parser.read(seed)
        demand(seed.count <= parser.longest, "\(parser.name): seed \(number) has \(seed.count) bytes")
        try DurableFile.write([seed], to: "\(folder)/\(parser.name)/seed-\(number)", isSynced: false)
      }
      let words = parser.words.map { word in
        "\"" + word.utf8.map { "\\x" + [$0].hexadecimal }.joined() + "\"\n"
      }
      // libFuzzer ignores empty files.
      let dictionary = "# Words of \(parser.about)\n" + words.joined()
      try DurableFile.write(
        [Array(dictionary.utf8)], to: "\(folder)/\(parser.name).dict", isSynced: false)
    }
  }
}

/// One parser under libFuzzer, whose callbacks can only access globals.
private enum Fuzzing {
  nonisolated(unsafe) private static var parser: Parser?
  nonisolated(unsafe) private static var accepted = 0

  static func run(_ parser: Parser) -> CInt {
    Fuzzing.parser = parser
    // libFuzzer exits the program itself.
    atexit { print("accepted: \(Fuzzing.accepted)") }
    // The arguments without the parser's name.
    var arguments = Array(UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc)))
    arguments.remove(at: 1)
    arguments.append(nil)
    return arguments.withUnsafeMutableBufferPointer { arguments in
      guard let start = arguments.baseAddress else { return 70 }
      return lemnos_fuzz(CInt(arguments.count - 1), start, read, repair)
    }
  }

  private static let read: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt = { bytes, count in
    // Copied into its own array, so that the sanitizer detects reads past its end.
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    if (try? parser?.read(input)) != nil { accepted += 1 }
    return 0
  }

  private static let repair: @convention(c) (UnsafeMutablePointer<UInt8>, Int, Int, CUnsignedInt) -> Int = {
    bytes, count, most, seed in
    // One in eight mutations is not repaired.
    guard let repair = parser?.repair, seed % 8 != 0 else { return count }
    let repaired = repair(Array(UnsafeBufferPointer(start: bytes, count: count)))
    guard repaired.count <= most else { return count }
    for (index, byte) in repaired.enumerated() { bytes[index] = byte }
    return repaired.count
  }
}
