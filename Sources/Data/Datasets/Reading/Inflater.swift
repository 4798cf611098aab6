import CZlib

/// Decompresses gzip (RFC 1952): one or more members in sequence, each with a checksum that is verified.
final class Inflater {
  private let path: String
  // On the heap: zlib's state points back at it, so it must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  /// True within a member.
  private var insideMember = true

  init(path: String) throws(DatasetError) {
    self.path = path
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // 15: the largest window; + 16: gzip header and trailer, not zlib's.
    let status = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      throw DatasetError(.unusable, path: path, "zlib cannot start (its error \(status))")
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deinitialize(count: 1)
    stream.deallocate()
  }

  /// Fills at least one byte of `output`, and returns the number: 0 only at the end of the last member.
  func inflate(
    _ input: inout InputBuffer, into output: UnsafeMutableRawBufferPointer
  ) throws(DatasetError) -> Int {
    while true {
      let inputLeft = try input.fill()
      if !insideMember {
        guard inputLeft else { return 0 }
        inflateReset(stream)
        insideMember = true
      }
      let (status, produced) = step(&input, into: output)
      switch status {
      case Z_STREAM_END: insideMember = false
      case Z_OK: break
      case Z_BUF_ERROR where inputLeft: break  // it needs more input
      case Z_BUF_ERROR:
        throw DatasetError(.unusable, path: path, "the gzip data ends too early: the file is cut short")
      default:
        let reason = stream.pointee.msg.map { String(cString: $0) } ?? "zlib's error \(status)"
        throw DatasetError(
          .unusable, path: path, "the gzip data is damaged (\(reason)): fetch the file again")
      }
      if produced > 0 { return produced }
    }
  }

  /// One call of zlib: decompresses as much as possible.
  private func step(
    _ input: inout InputBuffer, into output: UnsafeMutableRawBufferPointer
  ) -> (status: CInt, produced: Int) {
    var status = Z_OK
    let room = min(output.count, Int(UInt32.max))  // zlib counts in 32 bits
    input.consume { window in
      let available = min(window.count, Int(UInt32.max))
      stream.pointee.next_in = UnsafeMutablePointer(
        mutating: window.baseAddress?.assumingMemoryBound(to: UInt8.self))
      stream.pointee.avail_in = UInt32(available)
      stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(room)
      status = CZlib.inflate(stream, Z_NO_FLUSH)
      return available - Int(stream.pointee.avail_in)
    }
    return (status, room - Int(stream.pointee.avail_out))
  }
}
