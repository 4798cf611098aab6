import Files
public import Tensors

/// Named tensors and named texts in one file: what a run needs to go on, or a model to be used.
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

  /// Writes the file whole or not at all.
  ///
  /// A file of the same name is replaced at the last moment.
  public func write(to path: String) throws(CheckpointError) {
    let parts = Safetensors.encode(self)
    do throws(FileError) { try DurableFile.write(parts, to: path) } catch { throw CheckpointError(error) }
  }

  /// The bytes of the file that `write` writes.
  package var bytes: [UInt8] { Array(Safetensors.encode(self).joined()) }

  /// Reads a file.
  ///
  /// Tensors of 16-bit floating-point numbers (F16, BF16) become float32.
  ///
  /// - Throws: `CheckpointError`, if it is not there, no safetensors file, damaged, or holds types that Lemnos has not.
  public init(contentsOf path: String) throws(CheckpointError) {
    try self.init(contentsOf: path) { _ in false }
  }

  /// Reads a file without some of its tensors, which may be of types that Lemnos has not.
  ///
  /// - Parameter isLeftOut: whether the tensor of a name is.
  /// - Throws: as above, for what is left.
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

  /// Reads a file's bytes.
  ///
  /// - Parameter path: what errors call it.
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
