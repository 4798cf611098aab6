import Glibc
import Tensors
public import Tokenizers
import Wording

/// Writes the tokens of texts to a file, document by document: for texts that are larger than memory.
///
/// The file is an array of NumPy's, `.npy`, of uint16 or, where ids go beyond 65,535, uint32. `TokenSequence(contentsOf:)` reads it.
public enum TokenFile {
  /// - Parameters:
  ///   - end: the token after each document; nil for none.
  ///   - path: of the file, which is replaced when it is complete.
  /// - Returns: the number of tokens.
  /// - Throws: `DatasetError` for documents that cannot be read, or hold what has no token, and `.cannotWrite`.
  @discardableResult
  public static func write(
    _ documents: TextDocuments, by tokenizer: Tokenizer, endingWith end: Int32? = nil, to path: String
  ) throws(DatasetError) -> Int {
    let width = TokenSequence.width(of: Int32(tokenizer.vocabularySize - 1))
    let temporary = "\(path).\(getpid()).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw DatasetError(.cannotWrite, path: path, "the file cannot be written: \(reason(errno))")
    }
    let file = OpenFile(owning: descriptor, path: path)
    do throws(DatasetError) {
      // The number of tokens is known in the end: the header has room for any.
      try header(count: 0, width: width).withUnsafeBufferPointer { bytes throws(DatasetError) in
        try file.write(UnsafeRawBufferPointer(bytes))
      }
      var count = 0
      try documents.forEachToken(by: tokenizer, endingWith: end) { tokens throws(DatasetError) in
        var bytes: [UInt8] = []
        bytes.reserveCapacity(width * tokens.count)
        for token in tokens { TokenSequence.append(token, width: width, to: &bytes) }
        try bytes.withUnsafeBufferPointer { bytes throws(DatasetError) in
          try file.write(UnsafeRawBufferPointer(bytes))
        }
        count += tokens.count
      }
      guard lseek(descriptor, 0, SEEK_SET) == 0 else {
        throw DatasetError(.cannotWrite, path: path, "the file cannot be written: \(reason(errno))")
      }
      try header(count: count, width: width).withUnsafeBufferPointer { bytes throws(DatasetError) in
        try file.write(UnsafeRawBufferPointer(bytes))
      }
      guard fsync(descriptor) == 0, rename(temporary, path) == 0 else {
        throw DatasetError(.cannotWrite, path: path, "the file cannot be written: \(reason(errno))")
      }
      return count
    } catch {
      unlink(temporary)
      throw error
    }
  }

  /// The header of an array with one axis, 128 bytes for any number of elements.
  ///
  /// - SeeAlso: numpy.lib.format, "The .npy format", version 1.
  private static func header(count: Int, width: Int) -> [UInt8] {
    let text = "{'descr': '<u\(width)', 'fortran_order': False, 'shape': (\(count),), }"
    let magic: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0]
    return magic + text.utf8 + [UInt8](repeating: 0x20, count: 117 - text.utf8.count) + [0x0A]
  }
}
