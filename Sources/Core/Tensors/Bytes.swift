/// Bytes in the host's memory that nobody changes any more: those of an array or a file, or a part of them.
///
/// Copies and parts share the memory, which is given back when the last of them is gone.
public struct Bytes: Sendable {
  private let owner: any BytesOwner
  private let range: Range<Int>

  /// The elements of an array, which are not copied.
  public init(_ array: [UInt8]) { self.init(of: KeptArray(array)) }

  /// All that an owner has.
  package init(of owner: any BytesOwner) {
    (self.owner, range) = (owner, 0..<owner.region.count)
  }

  private init(_ owner: any BytesOwner, _ range: Range<Int>) { (self.owner, self.range) = (owner, range) }

  /// A part of them, which is not copied.
  ///
  /// - Precondition: the range lies in 0…`count`.
  public func part(_ part: Range<Int>) -> Bytes {
    precondition(part.lowerBound >= 0 && part.upperBound <= count, "bytes \(part) of \(count)")
    return Bytes(owner, range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound)
  }

  /// Copies as many as a target takes.
  ///
  /// - Parameter first: the first of them.
  /// - Precondition: there are as many.
  public func copy(from first: Int, to target: UnsafeMutableRawBufferPointer) {
    precondition(
      first >= 0 && target.count <= count - first, "\(target.count) bytes from \(first) of \(count)")
    owner.copy(from: range.lowerBound + first, to: target)
  }

  /// Shows all of them, one part after another: those of a file are read, and do not stay in memory.
  ///
  /// - Parameter size: that of the pieces of which all parts but the last have a whole number.
  package func forEachPart<Failure>(
    inPiecesOf size: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    guard owner.isFile else { return try body(region) }
    let length = Swift.max(size, Bytes.partByteCount / Swift.max(size, 1) * size)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 64)
    defer { buffer.deallocate() }
    for first in stride(from: 0, to: count, by: length) {
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Swift.min(length, count - first)])
      copy(from: first, to: part)
      try body(UnsafeRawBufferPointer(part))
    }
  }

  private static let partByteCount = 1 << 20

  /// Where they lie, for as long as one of these is there.
  package var region: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: owner.region[range]) }

  /// As an array: the one that they are of, if they are all of it.
  package var array: [UInt8] {
    if let kept = owner as? KeptArray, range.count == kept.array.count { return kept.array }
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      copy(
        from: 0, to: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]))
      filled = count
    }
  }
}

/// What keeps the memory of bytes.
package protocol BytesOwner: AnyObject, Sendable {
  /// All of them, where they are for as long as the owner is.
  var region: UnsafeRawBufferPointer { get }

  /// True if they are in a file: looking at all of them would have all of them in memory.
  var isFile: Bool { get }

  /// Copies as many as the target takes, from the one with the number `first`.
  func copy(from first: Int, to target: UnsafeMutableRawBufferPointer)
}

/// An array that is kept, and never written to: so its elements stay where they are.
private final class KeptArray: BytesOwner {
  let array: [UInt8]
  nonisolated(unsafe) let region: UnsafeRawBufferPointer
  var isFile: Bool { false }

  init(_ array: [UInt8]) {
    self.array = array
    region = array.withUnsafeBytes { $0 }
  }

  func copy(from first: Int, to target: UnsafeMutableRawBufferPointer) {
    target.copyMemory(from: UnsafeRawBufferPointer(rebasing: region[first..<first + target.count]))
  }
}

extension Bytes: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { range.count }

  public subscript(index: Int) -> UInt8 {
    precondition(index >= 0 && index < range.count, "byte \(index) of \(range.count)")
    return owner.region[range.lowerBound + index]
  }

  public func withUnsafeBytes<Result, Failure>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withExtendedLifetime(owner) { () throws(Failure) in try body(region) }
  }

  public func withContiguousStorageIfAvailable<Result>(
    _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
  ) rethrows -> Result? {
    try withExtendedLifetime(owner) { try region.withMemoryRebound(to: UInt8.self, body) }
  }
}

extension Bytes: Hashable {
  public static func == (a: Bytes, b: Bytes) -> Bool {
    a.count == b.count && a.withUnsafeBytes { a in b.withUnsafeBytes { a.elementsEqual($0) } }
  }

  public func hash(into hasher: inout Hasher) { withUnsafeBytes { hasher.combine(bytes: $0) } }
}

extension Bytes: ExpressibleByArrayLiteral {
  public init(arrayLiteral elements: UInt8...) { self.init(elements) }
}
