/// C memory for the arguments of one call, so that a structure which points to others is built in straight lines
/// instead of nested closures.
///
///     let scratch = Scratch()
///     defer { scratch.free() }
///
/// The `defer` is essential: it keeps the pointers valid until the call has returned.
final class Scratch {
  private var blocks: [UnsafeMutableRawPointer] = []

  /// A copy of `value` that C may read and write.
  func pointer<Value: BitwiseCopyable>(to value: Value) -> UnsafeMutablePointer<Value> {
    let copy = UnsafeMutablePointer<Value>.allocate(capacity: 1)
    copy.initialize(to: value)
    blocks.append(UnsafeMutableRawPointer(copy))
    return copy
  }

  /// A copy of `value` for a `pNext` member.
  func next<Value: BitwiseCopyable>(_ value: Value) -> UnsafeRawPointer {
    UnsafeRawPointer(pointer(to: value))
  }

  /// A copy of `elements`, or nil when there are none.
  func array<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafePointer<Element>? {
    guard !elements.isEmpty else { return nil }
    let copy = UnsafeMutablePointer<Element>.allocate(capacity: elements.count)
    for (index, element) in elements.enumerated() { (copy + index).initialize(to: element) }
    blocks.append(UnsafeMutableRawPointer(copy))
    return UnsafePointer(copy)
  }

  func string(_ text: String) -> UnsafePointer<CChar>? { array(Array(text.utf8CString)) }

  func strings(_ texts: [String]) -> UnsafePointer<UnsafePointer<CChar>?>? { array(texts.map { string($0) }) }

  func free() {
    for block in blocks { block.deallocate() }
    blocks = []
  }
}
