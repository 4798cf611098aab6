/// The staging buffers for uploads and downloads, created on first use.
struct Staging {
  /// Bounds a transfer's memory; chunks beyond some megabytes are no faster.
  static let byteCount = 16 << 20

  var upload: Buffer?
  var readback: Buffer?
}

extension Device {
  /// Copies `bytes` to `slice` after all work submitted so far, and waits for completion.
  package func upload(_ bytes: UnsafeRawBufferPointer, to slice: BufferSlice) throws(VulkanError) {
    precondition(
      bytes.count == slice.byteCount,
      "upload of \(bytes.count) bytes to \(slice.byteCount) of \(slice.buffer.label)")
    try upload(to: slice) { first, target in
      target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[first..<first + target.count]))
    }
  }

  /// Fills `slice` part by part, after all work submitted so far, and returns when all of it is there.
  ///
  /// - Parameter fill: writes as many bytes as its target takes, those from a number on.
  package func upload(
    to slice: BufferSlice, _ fill: (_ first: Int, _ target: UnsafeMutableRawBufferPointer) -> Void
  ) throws(VulkanError) {
    let staging = try uploadStaging()
    for chunk in Self.chunks(of: slice.byteCount) {
      if let contents = staging.contents {
        fill(chunk.lowerBound, UnsafeMutableRawBufferPointer(rebasing: contents[..<chunk.count]))
      }
      try copy(
        from: BufferSlice(staging, offset: 0, byteCount: chunk.count),
        to: slice[offset: chunk.lowerBound, byteCount: chunk.count])
    }
  }

  /// Copies `elements` to `slice`, which must be exactly as large.
  package func upload<Element: BitwiseCopyable>(
    _ elements: [Element], to slice: BufferSlice
  ) throws(VulkanError) {
    try elements.withUnsafeBufferPointer { elements throws(VulkanError) in
      try upload(UnsafeRawBufferPointer(elements), to: slice)
    }
  }

  /// Copies `slice`, as all work submitted so far leaves it, to `bytes`.
  package func download(
    _ slice: BufferSlice, into bytes: UnsafeMutableRawBufferPointer
  ) throws(VulkanError) {
    precondition(
      bytes.count == slice.byteCount,
      "download of \(slice.byteCount) bytes of \(slice.buffer.label) into \(bytes.count)")
    let staging = try readbackStaging()
    for chunk in Self.chunks(of: slice.byteCount) {
      try copy(
        from: slice[offset: chunk.lowerBound, byteCount: chunk.count],
        to: BufferSlice(staging, offset: 0, byteCount: chunk.count))
      guard let arrived = staging.contents else { continue }
      UnsafeMutableRawBufferPointer(rebasing: bytes[chunk])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: arrived[..<chunk.count]))
    }
  }

  /// The elements in `slice`, whose size must be a whole number of them.
  package func download<Element: BitwiseCopyable>(
    _ slice: BufferSlice, as type: Element.Type = Element.self
  ) throws(VulkanError) -> [Element] {
    let stride = MemoryLayout<Element>.stride
    precondition(
      slice.byteCount.isMultiple(of: stride), "\(slice.byteCount) bytes of \(slice.buffer.label) as \(type)")
    let elements = UnsafeMutableBufferPointer<Element>.allocate(capacity: slice.byteCount / stride)
    defer { elements.deallocate() }
    try download(slice, into: UnsafeMutableRawBufferPointer(elements))
    return Array(elements)
  }
}

extension Device {
  private static func chunks(of byteCount: Int) -> [Range<Int>] {
    stride(from: 0, to: byteCount, by: Staging.byteCount)
      .map { $0..<min($0 + Staging.byteCount, byteCount) }
  }

  private func copy(from source: BufferSlice, to target: BufferSlice) throws(VulkanError) {
    let commands = try record(label: "transfer", reusable: false) { $0.copy(from: source, to: target) }
    try wait(for: submit([commands]))
  }

  private func uploadStaging() throws(VulkanError) -> Buffer {
    if let buffer = staging.upload { return buffer }
    let buffer = try makeBuffer(byteCount: Staging.byteCount, memory: .upload, label: "upload staging")
    staging.upload = buffer
    return buffer
  }

  private func readbackStaging() throws(VulkanError) -> Buffer {
    if let buffer = staging.readback { return buffer }
    let buffer = try makeBuffer(byteCount: Staging.byteCount, memory: .readback, label: "readback staging")
    staging.readback = buffer
    return buffer
  }
}
