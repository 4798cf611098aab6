import Files
public import Tensors

/// Named tensors and metadata in one file: the state of a run to resume, or a model to use.
///
/// The file is a safetensors file: eight bytes with the length of a header, the header in JSON, and the tensors' bytes,
/// little-endian and row-major. Any program that reads safetensors reads it.
///
/// - SeeAlso: <https://github.com/huggingface/safetensors>
public struct Checkpoint: Hashable, Sendable {
  public var tensors: [String: TensorValues]

  /// Texts about the tensors, such as the settings of the run.
  public var metadata: [String: String]

  public init(tensors: [String: TensorValues] = [:], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// Writes the file atomically.
  ///
  /// An existing file is replaced by a rename.
  public func write(to path: String) throws(CheckpointError) {
    let parts = Safetensors.encode(self)
    do throws(FileError) { try DurableFile.write(parts, to: path) } catch { throw CheckpointError(error) }
  }

  /// The content of the file that `write` writes.
  package var bytes: [UInt8] { Array(Safetensors.encode(self).joined()) }

  /// Reads a file.
  ///
  /// Tensors are of the file's types; `values(of:path:)` makes float32 of 16-bit numbers for a state of that type.
  ///
  /// - Throws: `CheckpointError` if it is missing, no safetensors file, damaged, or of types that Lemnos
  ///   lacks.
  public init(contentsOf path: String) throws(CheckpointError) {
    try self.init(contentsOf: path) { _ in false }
  }

  /// Reads a file without some of its tensors, which may be of types that Lemnos lacks.
  ///
  /// - Parameter isLeftOut: true for the names of tensors to skip.
  /// - Throws: as above, for the others.
  public init(
    contentsOf path: String, leavingOut isLeftOut: (String) -> Bool
  ) throws(CheckpointError) {
    let file: RegularFile
    do throws(FileError) { file = try RegularFile(path) } catch { throw CheckpointError(error) }
    try self.init(path: path, byteCount: file.byteCount, leavingOut: isLeftOut) {
      range throws(Safetensors.Malformed) in
      do throws(FileError) {
        return try file.bytes(in: range)
      } catch {
        throw Safetensors.Malformed(error.reason)
      }
    }
  }

  /// Reads the content of a file.
  ///
  /// - Parameter path: for error messages.
  package init(
    bytes: [UInt8], path: String, leavingOut isLeftOut: (String) -> Bool = { _ in false }
  ) throws(CheckpointError) {
    try self.init(path: path, byteCount: bytes.count, leavingOut: isLeftOut) { Array(bytes[$0]) }
  }

  private init(
    path: String, byteCount: Int, leavingOut isLeftOut: (String) -> Bool,
    read: (Range<Int>) throws(Safetensors.Malformed) -> [UInt8]
  ) throws(CheckpointError) {
    do throws(Safetensors.Malformed) {
      self = try Safetensors.decode(byteCount: byteCount, leavingOut: isLeftOut, read: read)
    } catch {
      let reason = PyTorchFile.reason(path: path, byteCount: byteCount, read: read)
      throw CheckpointError(.unusable, path: path, reason ?? error.reason)
    }
  }
}
