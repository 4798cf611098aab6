import Tensors

/// A window on a file, or on bytes in memory, filled piece by piece.
struct InputBuffer {
  let path: String
  /// The size of the whole file.
  let size: Int

  private let source: Source
  /// Where the next window begins.
  private var next = 0
  private var bytes: [UInt8]
  /// The part of `bytes` that was not taken yet.
  private var unread = 0..<0

  private enum Source {
    case file(OpenFile)
    case memory(Bytes)
  }

  private static let windowSize = 1 << 18

  init(file: OpenFile, path: String) throws(DatasetError) {
    (self.path, source) = (path, .file(file))
    size = try file.size()
    bytes = [UInt8](repeating: 0, count: Self.windowSize)
  }

  init(memory: Bytes, path: String) {
    (self.path, source) = (path, .memory(memory))
    size = memory.count
    bytes = [UInt8](repeating: 0, count: min(Self.windowSize, size))
  }

  /// Reads the next window if this one is used up; false at the end of the file.
  mutating func fill() throws(DatasetError) -> Bool {
    guard unread.isEmpty else { return true }
    let (place, source, size) = (next, source, size)
    let got = try bytes.withUnsafeMutableBufferPointer { (window) throws(DatasetError) in
      let window = UnsafeMutableRawBufferPointer(window)
      switch source {
      case .file(let file): return try file.read(into: window, at: place)
      case .memory(let memory):
        let count = min(window.count, size - place)
        memory.copy(from: place, to: UnsafeMutableRawBufferPointer(rebasing: window[..<count]))
        return count
      }
    }
    next += got
    unread = 0..<got
    return got > 0
  }

  /// Takes bytes without reading them: those of a file are mapped.
  ///
  /// - Returns: nil for those of a file that are so few that they are better read.
  /// - Precondition: there are as many.
  mutating func take(_ count: Int) throws(DatasetError) -> Bytes? {
    let first = next - unread.count
    let taken: Bytes
    switch source {
    case .memory(let memory): taken = memory.part(first..<first + count)
    case .file(let file):
      guard count >= MappedFile.least else { return nil }
      taken = Bytes(of: try MappedFile(file)).part(first..<first + count)
    }
    (next, unread) = (first + count, 0..<0)
    return taken
  }

  /// Whether these bytes come next; the window must be at the file's front.
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
