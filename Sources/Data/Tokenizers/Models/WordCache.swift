/// The tokens of words that came before: most words of a text do.
///
/// Open addressing over memory that is taken once; when it is full the cache begins anew.
final class WordCache {
  private struct Entry {
    var hash: UInt64
    var word: Int
    var ids: Int
    var wordCount: Int32
    /// -1 for a free entry.
    var idCount: Int32
  }

  private static let entryCount = 1 << 17
  private static let mostEntries = entryCount / 2
  private static let byteCount = 1 << 20
  private static let idCount = 1 << 18
  /// Longer words hardly come again.
  private static let longestWord = 256

  private let entries = UnsafeMutablePointer<Entry>.allocate(capacity: entryCount)
  private let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: byteCount)
  private let ids = UnsafeMutablePointer<Int32>.allocate(capacity: idCount)
  private var (bytesUsed, idsUsed, entriesUsed) = (0, 0, 0)

  init() {
    entries.initialize(
      repeating: Entry(hash: 0, word: 0, ids: 0, wordCount: 0, idCount: -1), count: WordCache.entryCount)
  }

  deinit {
    entries.deallocate()
    bytes.deallocate()
    ids.deallocate()
  }

  /// Appends a word's tokens.
  ///
  /// - Returns: false if the word is not known.
  @inline(__always)
  func append(_ word: TextBytes, hash: UInt64, to result: inout [Int32]) -> Bool {
    var slot = Int(truncatingIfNeeded: hash) & (WordCache.entryCount - 1)
    while entries[slot].idCount >= 0 {
      let entry = entries[slot]
      if entry.hash == hash, entry.wordCount == word.count, isEqual(word, bytes + entry.word) {
        for index in 0..<Int(entry.idCount) { result.append(ids[entry.ids + index]) }
        return true
      }
      slot = (slot + 1) & (WordCache.entryCount - 1)
    }
    return false
  }

  @inline(__always)
  private func isEqual(_ word: TextBytes, _ other: UnsafeMutablePointer<UInt8>) -> Bool {
    for index in 0..<word.count where word[index] != other[index] { return false }
    return true
  }

  /// Keeps the tokens of a word that is not known.
  func keep(_ word: TextBytes, hash: UInt64, _ tokens: ArraySlice<Int32>) {
    guard word.count <= WordCache.longestWord, tokens.count <= WordCache.longestWord else { return }
    if entriesUsed == WordCache.mostEntries || bytesUsed + word.count > WordCache.byteCount
      || idsUsed + tokens.count > WordCache.idCount
    {
      for slot in 0..<WordCache.entryCount { entries[slot].idCount = -1 }
      (bytesUsed, idsUsed, entriesUsed) = (0, 0, 0)
    }
    var slot = Int(truncatingIfNeeded: hash) & (WordCache.entryCount - 1)
    while entries[slot].idCount >= 0 { slot = (slot + 1) & (WordCache.entryCount - 1) }
    entries[slot] = Entry(
      hash: hash, word: bytesUsed, ids: idsUsed, wordCount: Int32(word.count), idCount: Int32(tokens.count))
    for byte in word {
      bytes[bytesUsed] = byte
      bytesUsed += 1
    }
    for token in tokens {
      ids[idsUsed] = token
      idsUsed += 1
    }
    entriesUsed += 1
  }
}
