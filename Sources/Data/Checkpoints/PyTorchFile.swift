/// Files of PyTorch's `torch.save`: not read, but recognised, so that an error can explain how to convert
/// them.
///
/// They hold Python pickle bytecode, which is unsafe to run from an untrusted source.
enum PyTorchFile {
  /// The problem and what to do, after the path; nil for another kind of file.
  ///
  /// - Parameters:
  ///   - path: of the file, for the two lines of Python that convert it.
  ///   - read: returns a range of the file's bytes.
  static func reason(
    path: String, byteCount: Int, read: (Range<Int>) throws(Safetensors.Malformed) -> [UInt8]
  ) -> String? {
    guard let start = try? read(0..<min(byteCount, 1 << 16)) else { return nil }
    let loading: String
    if start.starts(with: zip) {
      // An archive's directory is at its end.
      guard let end = try? read(max(0, byteCount - 1 << 16)..<byteCount), contains(end, "data.pkl") else {
        return nil
      }
      loading = contains(end, "constants.pkl") ? "torch.jit.load" : "torch.load"
    } else if start.count > 1, start[0] == pickle, (2...5).contains(start[1]) {
      loading = "torch.load"
    } else {
      return nil
    }
    var value = "\(loading)(\(quoted(path)), map_location=\"cpu\")"
    if loading == "torch.jit.load" {
      value += ".state_dict()"
    } else if let key = ["state_dict", "model_state_dict", "model"].first(where: { isKey($0, in: start) }) {
      // A training script's own dictionary, which holds the parameters among other things.
      value += "[\"\(key)\"]"
    }
    return """
      was written by torch.save; these two lines of Python make a safetensors file of it, which 'lemnos import' reads:
        import torch, safetensors.torch
        safetensors.torch.save_file(\(value), \(quoted(converted(path))))
      """
  }

  private static let zip: [UInt8] = [0x50, 0x4B, 3, 4]
  /// The pickle opcode for the protocol version.
  private static let pickle: UInt8 = 0x80

  /// True if a pickle contains the string: it follows its length in four bytes.
  private static func isKey(_ key: String, in bytes: [UInt8]) -> Bool {
    contains(bytes, [UInt8(ascii: "X"), UInt8(key.utf8.count), 0, 0, 0] + Array(key.utf8))
  }

  private static func contains(_ bytes: [UInt8], _ text: String) -> Bool { contains(bytes, Array(text.utf8)) }

  private static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
    bytes.indices.contains { bytes[$0] == part[0] && bytes[$0...].starts(with: part) }
  }

  /// The path with another extension.
  private static func converted(_ path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return "\(path).safetensors" }
    return "\(path.dropLast(name[dot...].count)).safetensors"
  }

  /// A Python string literal.
  private static func quoted(_ text: String) -> String {
    "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
  }
}
