/// Pickles as Python writes them: of dictionaries, numbers, strings and NumPy arrays.
public indirect enum Pickled: Sendable {
  case integer(Int)
  case text(String)
  case bytes([UInt8])
  case list([Pickled])
  case dictionary([(Pickled, Pickled)])
  /// An array of bytes.
  case array(shape: [Int], [UInt8])

  /// The program and protocol that wrote the pickle.
  public enum Writer: CaseIterable, Sendable {
    /// Python 2 with protocol 2, as for the published CIFAR files: strings are bytes.
    case python2
    /// Python 3 with protocol 2, in which bytes are encoded as Latin-1 text.
    case protocol2
    /// Python 3 with protocol 4 and a newer NumPy, whose modules have other names.
    case protocol4
    /// Protocol 5, which reconstructs an array from a buffer.
    case protocol5
  }

  public func file(_ writer: Writer) -> [UInt8] {
    let version: UInt8 =
      switch writer {
      case .python2, .protocol2: 2
      case .protocol4: 4
      case .protocol5: 5
      }
    let code = code(writer)
    let frame = version < 4 ? [] : [0x95] + littleEndian([code.count + 1], size: 8)
    return [0x80, version] + frame + code + Array(".".utf8)
  }

  private func code(_ writer: Writer) -> [UInt8] {
    func string(_ text: String) -> [UInt8] {
      switch writer {
      case .python2: Array("U".utf8) + [UInt8(text.utf8.count)] + text.utf8
      case .protocol2: Array("X".utf8) + littleEndian([text.utf8.count], size: 4) + text.utf8
      case .protocol4, .protocol5: [0x8C, UInt8(text.utf8.count)] + text.utf8 + [0x94]
      }
    }
    func name(_ module: String, _ name: String) -> [UInt8] {
      switch writer {
      case .python2, .protocol2: Array("c\(module)\n\(name)\n".utf8)
      case .protocol4, .protocol5: string(module) + string(name) + [0x93, 0x94]
      }
    }
    func integer(_ number: Int) -> [UInt8] {
      (0..<256).contains(number)
        ? Array("K".utf8) + [UInt8(number)] : Array("J".utf8) + littleEndian([number], size: 4)
    }
    func bytes(_ bytes: [UInt8]) -> [UInt8] {
      switch writer {
      case .python2: return Array("T".utf8) + littleEndian([bytes.count], size: 4) + bytes
      case .protocol2:
        let letters = Array(String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) })).utf8)
        return name("_codecs", "encode") + Array("X".utf8) + littleEndian([letters.count], size: 4) + letters
          + string("latin1") + [0x86] + Array("R".utf8)
      case .protocol4: return Array("B".utf8) + littleEndian([bytes.count], size: 4) + bytes + [0x94]
      case .protocol5: return [0x96] + littleEndian([bytes.count], size: 8) + bytes + [0x94]
      }
    }
    switch self {
    case .integer(let number): return integer(number)
    case .text(let text): return string(text)
    case .bytes(let content): return bytes(content)
    case .list(let items):
      // Memoized, as Python does with every object that may be referenced again.
      return Array("]q".utf8) + [7] + Array("(".utf8) + items.flatMap { $0.code(writer) } + Array("e".utf8)
    case .dictionary(let items):
      return Array("}(".utf8) + items.flatMap { $0.code(writer) + $1.code(writer) } + Array("u".utf8)
    case .array(let shape, let content):
      let module = writer == .protocol4 || writer == .protocol5 ? "numpy._core" : "numpy.core"
      let extents = Array("(".utf8) + shape.flatMap(integer) + Array("t".utf8)
      let type =
        name("numpy", "dtype") + string("u1") + integer(0) + integer(1) + [0x87] + Array("R(".utf8)
        + integer(3)
        + string("|") + Array("NNN".utf8) + Array("J".utf8) + [255, 255, 255, 255] + Array("J".utf8)
        + [255, 255, 255, 255] + integer(0) + Array("tb".utf8)
      guard writer != .protocol5 else {
        return name("\(module).numeric", "_frombuffer") + Array("(".utf8) + bytes(content) + type + extents
          + string("C") + Array("tR".utf8)
      }
      return name("\(module).multiarray", "_reconstruct") + name("numpy", "ndarray") + integer(0) + [0x85]
        + bytes([0x62]) + [0x87] + Array("R(".utf8) + integer(1) + extents + type + [0x89] + bytes(content)
        + Array("tb".utf8)
    }
  }
}
