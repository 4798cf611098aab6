package import Tensors

/// Where the tensors of a safetensors file lie, of whatever types they are: for what takes them as data.
package struct SafetensorsLayout {
  package struct Entry {
    package let name: String
    /// As the format calls it, such as "I64".
    package let type: String
    package let shape: [Int]
    /// Of the file's bytes.
    package let range: Range<Int>
  }

  /// In the order of their names.
  ///
  /// No two share bytes, and all bytes after the header are of one.
  package let entries: [Entry]

  /// - Parameter path: what errors call it.
  /// - Throws: `CheckpointError` for no safetensors file, or a damaged one.
  package init(of file: Bytes, path: String) throws(CheckpointError) {
    do throws(Safetensors.Malformed) {
      entries = try Safetensors.layout(byteCount: file.count) { file.part($0).array }
    } catch {
      throw CheckpointError(.unusable, path: path, error.reason)
    }
  }
}
