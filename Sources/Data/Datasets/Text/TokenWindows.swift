import Tensors
import Wording

/// Windows of a text's tokens as examples: what a language model reads, and the token after each.
///
///     let windows = try TokenWindows(tokens, context: 256)
///
/// The field `tokens` is int32 `[T + 1]` for a context of T: the first T are read, the last T are to be told. Windows begin every
/// `stride` tokens. Of strides of T each token is told once in an epoch; with a stride of 1 any place can be a window's beginning.
///
/// A trainer draws windows as it draws any examples, in an order that follows from seed and step alone: so a run that goes on
/// reads what it would have read.
public struct TokenWindows: DataSource {
  public static let (tokensField, documentsField) = ("tokens", "documents")

  public let context: Int
  public let stride: Int
  public let count: Int
  public let fields: [DataField]

  private let tokens: TokenSequence
  private let documentEnd: Int32?
  /// What decides where windows begin that are drawn; nil for those that follow one another.
  private let key: UInt64?
  /// Of all windows that are drawn, the number of the first.
  private var first = 0

  /// - Parameters:
  ///   - context: T, the tokens that are read.
  ///   - stride: from the beginning of a window to the next; nil for T.
  ///   - vocabularySize: no id may reach it; nil to leave them unchecked.
  ///   - documentEnd: the token that ends documents, for a second field, `documents`, int32 `[T + 1]`: the number of each token's
  ///     document within the window, from 0. The token itself belongs to the document that it ends.
  /// - Throws: `DatasetError` (`.unusable`) for fewer tokens than one window has, and for ids that are none.
  public init(
    _ tokens: TokenSequence, context: Int, stride: Int? = nil, vocabularySize: Int? = nil,
    documentEnd: Int32? = nil
  ) throws(DatasetError) {
    let stride = stride ?? context
    guard context > 0, stride > 0 else {
      throw DatasetError(
        .unusable,
        "a context of \(context) tokens and a stride of \(stride) were asked for: both have to be at least 1")
    }
    guard tokens.count > context else {
      throw DatasetError(
        .unusable,
        "there are \(tokens.count.grouped) tokens, too few for a context of \(context.grouped) and the token after it: give more text, or a smaller context"
      )
    }
    if let vocabularySize, tokens.largest >= vocabularySize {
      throw DatasetError(
        .unusable,
        "there is a token \(tokens.largest), where the vocabulary has \(vocabularySize.grouped), from 0: these are another tokenizer's"
      )
    }
    (self.tokens, self.context, self.stride, self.documentEnd) = (tokens, context, stride, documentEnd)
    (count, key) = ((tokens.count - context - 1) / stride + 1, nil)
    fields = TokenWindows.fields(context, documentEnd)
  }

  private init(_ windows: TokenWindows, count: Int, key: UInt64) {
    (tokens, context, stride, documentEnd) = (windows.tokens, windows.context, 1, windows.documentEnd)
    (self.count, self.key, fields) = (count, key, windows.fields)
  }

  private static func fields(_ context: Int, _ documentEnd: Int32?) -> [DataField] {
    [tokensField, documentsField].prefix(documentEnd == nil ? 1 : 2).map {
      DataField($0, [context + 1], dtype: .int32)
    }
  }

  /// So many windows of the same tokens, which begin anywhere: each at a place that follows from seed and number, and others in each
  /// epoch of training.
  ///
  /// - Parameter count: at least 1.
  public func drawn(_ count: Int, seed: UInt64) -> TokenWindows {
    precondition(count > 0, "\(count) windows are none to learn from")
    return TokenWindows(self, count: count, key: seed)
  }

  /// The tokens that are told, each once; nil for windows that overlap or leave some out.
  public var told: TokenSequence? {
    stride == context && key == nil ? tokens.part(1..<1 + count * context) : nil
  }

  public var isDrawnAnew: Bool { key != nil }

  public func inEpoch(_ epoch: Int) -> any DataSource {
    var windows = self
    if key != nil { windows.first = epoch * count }
    return windows
  }

  /// Where a window begins.
  private func start(of row: Int) -> Int {
    guard let key else { return row * stride }
    // A bijection of the numbers for each seed, whose upper bits look like chance: Steele, Lea & Flood 2014.
    var bits = key &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(first + row) &* 0xD1B5_4A32_D192_ED03
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return Int((bits ^ bits >> 31).multipliedFullWidth(by: UInt64(tokens.count - context)).high)
  }

  public var checksum: UInt32 {
    withUnsafeBytes(of: (Int64(context), Int64(stride), Int64(count), key ?? 0)) {
      CRC32.checksum(of: $0, continuing: tokens.checksum)
    }
  }

  public func read(_ rows: [Int], into targets: [UnsafeMutableRawBufferPointer]) {
    let length = context + 1
    for (index, row) in rows.enumerated() {
      let place = index * length * 4..<(index + 1) * length * 4
      let window = UnsafeMutableRawBufferPointer(rebasing: targets[0][place]).bindMemory(to: Int32.self)
      tokens.copy(from: start(of: row), to: window)
      guard let documentEnd else { continue }
      let documents = UnsafeMutableRawBufferPointer(rebasing: targets[1][place]).bindMemory(to: Int32.self)
      var document: Int32 = 0
      for position in 0..<length {
        documents[position] = document
        if window[position] == documentEnd { document += 1 }
      }
    }
  }
}
