import Checkpoints
import Tensors

/// The arrays of a file, whichever format it is of, by their names.
struct ArrayContents {
  struct Named {
    let name: String
    let array: StoredArray
    /// What errors call it.
    let path: String
  }

  private let path: String
  private let content: Content

  private enum Content {
    case file
    case memory([UInt8])
  }

  /// Of a file.
  init(_ path: String) { (self.path, content) = (path, .file) }

  /// Of the bytes of one.
  init(bytes: [UInt8], path: String) { (self.path, content) = (path, .memory(bytes)) }

  private func stream() throws(DatasetError) -> ByteStream {
    switch content {
    case .file: try ByteStream(path: path)
    case .memory(let bytes): try ByteStream(bytes, path: path)
    }
  }

  private func archive() throws(DatasetError) -> ZipArchive {
    switch content {
    case .file: try ZipArchive(path: FilePath(path))
    case .memory(let bytes): try ZipArchive(bytes, path: path)
    }
  }

  /// - Parameter names: which, in this order; nil for all.
  /// - Throws: `DatasetError` (`.unusable`) for a name that there is not, and for what holds no arrays.
  func arrays(_ names: [String]?) throws(DatasetError) -> [Named] {
    let stream = try stream()
    let head = try stream.read(upTo: FileKind.headCount)
    switch FileKind(head: head) {
    case .zip: return try inArchive(names)
    case .numPyArray:
      return try pick(names, of: [alone]) { _ throws(DatasetError) in try StoredArray(npy: self.stream()) }
    case _ where StoredArray.isIDX(head):
      return try pick(names, of: [alone]) { _ throws(DatasetError) in try StoredArray(idx: self.stream()) }
    case _ where head.count > 8 && head[8] == UInt8(ascii: "{") && !stream.isCompressed:
      return try inSafetensors(names)
    case let kind:
      throw DatasetError(
        .unusable, path: path,
        "this is \(kind.inWords), where arrays are expected: .npy, .npz, safetensors or IDX")
    }
  }

  /// The file's name without what follows the first dot.
  private var alone: String {
    let last = path.split(separator: "/").last ?? ""
    return String(last.prefix { $0 != "." })
  }

  private func pick(
    _ names: [String]?, of known: [String], called path: (String) -> String? = { _ in nil },
    _ read: (String) throws(DatasetError) -> StoredArray
  ) throws(DatasetError) -> [Named] {
    var arrays: [Named] = []
    for name in names ?? known {
      guard known.contains(name) else {
        throw DatasetError(
          .unusable, path: self.path,
          "there is no array '\(name)' in it, but \(known.map { "'\($0)'" }.joined(separator: ", "))")
      }
      arrays.append(Named(name: name, array: try read(name), path: path(name) ?? self.path))
    }
    return arrays
  }

  private func inArchive(_ names: [String]?) throws(DatasetError) -> [Named] {
    let archive = try archive()
    var entries: [String: ZipArchive.Entry] = [:]
    var known: [String] = []
    for entry in archive.entries where entry.name.fileExtension == "npy" {
      let name = String("\(entry.name)".dropLast(4))
      guard entries.updateValue(entry, forKey: name) == nil else {
        throw DatasetError(.unusable, path: path, "the archive holds \(entry.name) twice: make it anew")
      }
      known.append(name)
    }
    if names == nil, let other = archive.entries.first(where: { $0.name.fileExtension != "npy" }) {
      throw DatasetError(
        .unusable, path: path, "\(other.name) in it is no array (.npy): say which arrays to take")
    }
    let files = entries
    return try pick(names, of: known, called: { files[$0].map(archive.path(of:)) }) {
      name throws(DatasetError) in
      guard let entry = files[name] else { preconditionFailure("'\(name)' is one of the archive's") }
      return try StoredArray(npy: ByteStream(archive.contents(of: entry), path: archive.path(of: entry)))
    }
  }

  private func inSafetensors(_ names: [String]?) throws(DatasetError) -> [Named] {
    let stream = try stream()
    let bytes = try stream.take(exactly: stream.atMost, of: "a safetensors file")
    let layout: SafetensorsLayout
    do throws(CheckpointError) {
      layout = try SafetensorsLayout(of: bytes, path: path)
    } catch {
      throw DatasetError(.unusable, path: path, error.reason)
    }
    let entries = Dictionary(uniqueKeysWithValues: layout.entries.map { ($0.name, $0) })
    return try pick(names, of: layout.entries.map(\.name)) { name throws(DatasetError) in
      guard let entry = entries[name] else { preconditionFailure("'\(name)' is one of the file's") }
      guard let type = ElementType(safetensors: entry.type) else {
        throw DatasetError(
          .unusable, path: path, "the numbers of '\(name)' are of the type \(entry.type), which is not read")
      }
      return try StoredArray(type: type, shape: entry.shape, bytes: bytes.part(entry.range), path: path)
    }
  }
}
