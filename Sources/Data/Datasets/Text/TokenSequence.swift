import Tensors
public import Tokenizers
import Wording

/// The tokens of texts, one after another: in memory, or in a file that may be larger.
///
///     let tokens = try TokenSequence(of: TextDocuments("book.txt"), by: tokenizer)
///     let (training, validation) = try tokens.split(validation: 0.1)
///
/// A token takes two bytes, or four where ids go beyond 65,535.
public struct TokenSequence: Sendable {
  public let count: Int
  private let bytes: Bytes
  private let width: Int

  public init(_ tokens: some Collection<Int32>) {
    let width = TokenSequence.width(of: (tokens.max() ?? 0))
    (count, self.width) = (tokens.count, width)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(width * tokens.count)
    for token in tokens { TokenSequence.append(token, width: width, to: &bytes) }
    self.bytes = Bytes(bytes)
  }

  /// The tokens of documents.
  ///
  /// - Parameter end: the token after each document; nil for none.
  /// - Throws: `DatasetError` for documents that cannot be read, or hold what has no token.
  public init(
    of documents: TextDocuments, by tokenizer: Tokenizer, endingWith end: Int32? = nil
  ) throws(DatasetError) {
    var (bytes, count): ([UInt8], Int) = ([], 0)
    let width = TokenSequence.width(of: Int32(tokenizer.vocabularySize - 1))
    try documents.forEachToken(by: tokenizer, endingWith: end) { tokens throws(DatasetError) in
      for token in tokens { TokenSequence.append(token, width: width, to: &bytes) }
      count += tokens.count
    }
    (self.count, self.width, self.bytes) = (count, width, Bytes(bytes))
  }

  /// Reads a file of tokens: an array of NumPy's, `.npy`, of uint16 or uint32 with one axis.
  ///
  /// That of more than 17 MB is not read, but mapped: it may be larger than memory, and must not be changed meanwhile.
  ///
  /// - Throws: `DatasetError`: `.missing` if there is no such file, `.unusable` for another one.
  public init(contentsOf path: String) throws(DatasetError) {
    let array = try StoredArray(npy: ByteStream(path: path))
    guard array.shape.count == 1, ["<u2", "<u4"].contains(array.type.name) else {
      throw DatasetError(
        .unusable, path: path,
        "it holds \(array.type.name) \(array.shape), where tokens are uint16 or uint32 with one axis")
    }
    (count, width, bytes) = (array.shape[0], array.type.size, array.bytes)
  }

  private init(count: Int, width: Int, bytes: Bytes) {
    (self.count, self.width, self.bytes) = (count, width, bytes)
  }

  static func width(of largest: Int32) -> Int { largest < 1 << 16 ? 2 : 4 }

  @inline(__always)
  static func append(_ token: Int32, width: Int, to bytes: inout [UInt8]) {
    let bits = UInt32(bitPattern: token)
    bytes.append(UInt8(truncatingIfNeeded: bits))
    bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
    if width == 4 {
      bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 24))
    }
  }

  /// Some of them, which are not copied.
  ///
  /// - Precondition: the range lies in 0…`count`.
  public func part(_ range: Range<Int>) -> TokenSequence {
    TokenSequence(
      count: range.count, width: width,
      bytes: bytes.part(range.lowerBound * width..<range.upperBound * width))
  }

  /// Splits off the last tokens for validation.
  ///
  /// - Throws: `DatasetError` (`.unusable`) if the amount is negative or leaves nothing to train on.
  public func split(
    validation amount: ValidationSplit
  ) throws(DatasetError) -> (training: TokenSequence, validation: TokenSequence) {
    let held = try amount.count(of: count)
    return (part(0..<count - held), part(count - held..<count))
  }

  /// Copies as many as a target takes, from the one with the number `first`.
  public func copy(from first: Int, to target: UnsafeMutableBufferPointer<Int32>) {
    // The narrow numbers lie in the target's upper half until they are spread out.
    let raw = UnsafeMutableRawBufferPointer(target)
    let narrow = UnsafeMutableRawBufferPointer(rebasing: raw[(raw.count - target.count * width)...])
    bytes.copy(from: first * width, to: narrow)
    guard width == 2 else { return }
    for index in 0..<target.count {
      target[index] = Int32(narrow.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
    }
  }

  /// All of them.
  public var array: [Int32] {
    [Int32](unsafeUninitializedCapacity: count) { buffer, filled in
      copy(from: 0, to: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      filled = count
    }
  }

  /// The largest id, in one pass over all of them; -1 of none.
  public var largest: Int32 {
    var largest: UInt32 = 0
    bytes.forEachPart(inPiecesOf: width) { part in
      for offset in stride(from: 0, to: part.count, by: width) {
        let token =
          width == 2
          ? UInt32(part.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
          : part.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        largest = max(largest, token)
      }
    }
    return count == 0 ? -1 : Int32(clamping: largest)
  }

  var checksum: UInt32 { CRC32.checksum(of: bytes) }
}

extension TextDocuments {
  /// Calls `body` with the tokens of each document.
  func forEachToken(
    by tokenizer: Tokenizer, endingWith end: Int32?, _ body: ([Int32]) throws(DatasetError) -> Void
  ) throws(DatasetError) {
    try forEach { document, name throws(DatasetError) in
      var tokens: [Int32]
      do throws(TokenizerError) {
        tokens = try tokenizer.encode(utf8: document, addsSpecialTokens: false)
      } catch {
        throw DatasetError(.unusable, path: name, error.message)
      }
      if let end { tokens.append(end) }
      try body(tokens)
    }
  }
}
