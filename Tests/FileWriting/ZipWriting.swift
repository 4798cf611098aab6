import CZlib

/// An entry of an archive.
public struct ZipFile: Sendable {
  public let name: [UInt8]
  public let bytes: [UInt8]
  public let isDeflated: Bool

  public init(_ name: String, _ bytes: [UInt8], isDeflated: Bool = false) {
    self.init(name: Array(name.utf8), bytes, isDeflated: isDeflated)
  }

  public init(name: [UInt8], _ bytes: [UInt8], isDeflated: Bool = false) {
    (self.name, self.bytes, self.isDeflated) = (name, bytes, isDeflated)
  }
}

/// A zip archive, with 32-bit or 64-bit sizes.
public func zip(_ files: [ZipFile], isWide: Bool = false) -> [UInt8] {
  func number(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
  var (content, directory): ([UInt8], [UInt8]) = ([], [])
  for file in files {
    let packed = file.isDeflated ? deflated(file.bytes) : file.bytes
    let sum = number(Int(crc32(0, file.bytes, UInt32(file.bytes.count))), 4)
    let method = number(file.isDeflated ? 8 : 0, 2)
    let sizes =
      isWide
      ? number(0xFFFF_FFFF, 4) + number(0xFFFF_FFFF, 4)
      : number(packed.count, 4) + number(file.bytes.count, 4)
    let wide =
      number(1, 2) + number(24, 2) + number(file.bytes.count, 8) + number(packed.count, 8)
      + number(content.count, 8)
    let extra = isWide ? wide : []
    let common =
      number(20, 2) + number(0x800, 2) + method + number(0, 4) + sum + sizes + number(file.name.count, 2)
    directory +=
      [0x50, 0x4B, 1, 2] + number(20, 2) + common + number(extra.count, 2) + number(0, 2 + 2 + 2 + 4)
    directory += number(isWide ? 0xFFFF_FFFF : content.count, 4) + file.name + extra
    content += [0x50, 0x4B, 3, 4] + common + number(0, 2) + file.name + packed
  }
  var end: [UInt8] = []
  if isWide {
    end += [0x50, 0x4B, 6, 6] + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 8)
    end +=
      number(files.count, 8) + number(files.count, 8) + number(directory.count, 8) + number(content.count, 8)
    end += [0x50, 0x4B, 6, 7] + number(0, 4) + number(content.count + directory.count, 8) + number(1, 4)
  }
  let count = number(isWide ? 0xFFFF : files.count, 2)
  end += [0x50, 0x4B, 5, 6] + number(0, 4) + count + count
  end +=
    isWide
    ? number(0xFFFF_FFFF, 4) + number(0xFFFF_FFFF, 4) : number(directory.count, 4) + number(content.count, 4)
  return content + directory + end + number(0, 2)
}

/// Raw deflate, without a header.
public func deflated(_ bytes: [UInt8]) -> [UInt8] {
  var stream = z_stream()
  var output = [UInt8](repeating: 0, count: bytes.count + bytes.count / 100 + 100)
  deflateInit2_(
    &stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
  defer { deflateEnd(&stream) }
  var input = bytes
  let room = output.count
  input.withUnsafeMutableBufferPointer { input in
    output.withUnsafeMutableBufferPointer { output in
      (stream.next_in, stream.avail_in) = (input.baseAddress, UInt32(input.count))
      (stream.next_out, stream.avail_out) = (output.baseAddress, UInt32(room))
      precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib does not pack")
    }
  }
  return Array(output.prefix(room - Int(stream.avail_out)))
}
