import Glibc

/// A buffered window of a file; or bytes in memory.
struct InputBuffer {
  let path: String
  /// The size of the whole file.
  let size: Int

  private let file: OpenFile?
  private var bytes: [UInt8]
  /// The unread part of `bytes`.
  private var unread: Range<Int>

  private static let windowSize = 1 << 18

  init(file: OpenFile, path: String) throws(DatasetError) {
    self.path = path
    self.file = file
    size = try file.size()
    bytes = [UInt8](repeating: 0, count: Self.windowSize)
    unread = 0..<0
  }

  init(memory: [UInt8], path: String) {
    self.path = path
    file = nil
    size = memory.count
    bytes = memory
    unread = 0..<memory.count
  }

  /// Reads the next window if this one is used up; false at the end of the file.
  mutating func fill() throws(DatasetError) -> Bool {
    guard unread.isEmpty, let file else { return !unread.isEmpty }
    let got = try bytes.withUnsafeMutableBufferPointer { (window) throws(DatasetError) in
      try file.read(into: UnsafeMutableRawBufferPointer(window))
    }
    unread = 0..<got
    return got > 0
  }

  /// True if these bytes come next; only at the front of the file.
  func startsWith(_ prefix: [UInt8]) -> Bool {
    bytes[unread].starts(with: prefix)
  }

  /// Copies bytes, as many as the window has or the buffer takes: 0 only at the end of the file.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
    guard try fill() else { return 0 }
    let count = min(buffer.count, unread.count)
    let taken = unread.prefix(count)
    bytes.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[taken])) }
    unread.removeFirst(count)
    return count
  }

  /// Passes the rest of the window to `body`, which returns the number of bytes consumed.
  mutating func consume(_ body: (UnsafeRawBufferPointer) -> Int) {
    let used = bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[unread])) }
    unread.removeFirst(used)
  }
}
