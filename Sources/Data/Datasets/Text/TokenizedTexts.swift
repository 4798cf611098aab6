public import Tensors
public import Tokenizers

/// Texts as examples of as many tokens each: int32 `tokens` `[T]`, int32 `lengths`, how many of them are the text's, and, where they
/// are known, int32 `labels`.
public struct TokenizedTexts: DataSource {
  public static let tokensField = "tokens"
  public static let lengthsField = "lengths"
  public static let labelsField = "labels"

  private let source: ArraySource

  /// - Parameters:
  ///   - length: T; longer texts are cut, so that what the tokenizer puts around them stays.
  ///   - labels: the class of each; nil where it is to be told.
  ///   - path: for errors.
  /// - Throws: `DatasetError` for a text without tokens; `TokenizerError` for one that has no tokens of this tokenizer.
  public init(
    _ texts: [String], by tokenizer: Tokenizer, length: Int, labels: [Int32]? = nil,
    path: String = "the texts"
  ) throws {
    var tokens: [Int32] = []
    tokens.reserveCapacity(texts.count * length)
    var lengths: [Int32] = []
    for (number, text) in texts.enumerated() {
      let ids = try tokenizer.encode(text, upTo: length)
      guard !ids.isEmpty else {
        throw DatasetError(
          .unusable, path: path, "text \(number + 1) is empty, so that nothing can be told from it")
      }
      tokens += ids
      tokens += repeatElement(0, count: length - ids.count)
      lengths.append(Int32(ids.count))
    }
    var fields: [(key: String, value: TensorValues)] = [
      (Self.tokensField, TensorValues(tokens, shape: [texts.count, length])),
      (Self.lengthsField, TensorValues(lengths, shape: [texts.count])),
    ]
    if let labels { fields.append((Self.labelsField, TensorValues(labels, shape: [texts.count]))) }
    source = try ArraySource(fields)
  }

  /// The fields of an example.
  package static func fields(length: Int) -> [DataField] {
    [DataField(tokensField, [length], dtype: .int32), DataField(lengthsField, [], dtype: .int32)]
  }

  /// The field of classes.
  package static let labels = DataField(labelsField, [], dtype: .int32)

  public var count: Int { source.count }
  public var fields: [DataField] { source.fields }
  public var checksum: UInt32 { source.checksum }
  public func read(_ rows: [Int], into targets: [UnsafeMutableRawBufferPointer]) {
    source.read(rows, into: targets)
  }
  public func bytes(ofField index: Int) -> Bytes? { source.bytes(ofField: index) }
}
