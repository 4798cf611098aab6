package import Tensors

/// Identifies a value of a program's original graph, however it is computed: fused, in another layout, or
/// split.
///
/// Matches values between two programs planned from one graph.
package struct Origin: Hashable, Sendable {
  /// The index of the entry in the graph that the program was first made from.
  package let entry: Int

  /// True if its axes are `[N, H, W, C]` where the entry's are `[N, C, H, W]`.
  package private(set) var isChannelsLast = false

  /// True if it holds split-K partial sums that add up to the value, one part after another.
  package private(set) var isInParts = false

  init(entry: Int) { self.entry = entry }

  func inLayout(isChannelsLast: Bool) -> Origin {
    var origin = self
    origin.isChannelsLast = isChannelsLast
    return origin
  }

  var inParts: Origin {
    var origin = self
    origin.isInParts = true
    return origin
  }
}

extension TensorValues {
  /// Converts a value from a program's memory layout to the graph's.
  ///
  /// - Parameter type: of the graph's entry.
  package init(_ memory: TensorValues, from origin: Origin, as type: TensorType) {
    var memory = memory
    if origin.isInParts { memory = memory.summingParts(count: memory.shape.count / max(type.shape.count, 1)) }
    let bytes =
      origin.isChannelsLast ? memory.bytes(from: type.shape, order: .toChannelsFirst) : memory.bytes
    self.init(bytes: bytes, shape: type.shape, dtype: type.dtype)
  }

  /// The same elements in a program's memory layout.
  package func bytes(inMemoryOf origin: Origin) -> [UInt8] {
    precondition(!origin.isInParts, "a value does not say what its parts are")
    return origin.isChannelsLast ? bytes(from: shape, order: .toChannelsLast) : bytes
  }

  private enum Order { case toChannelsFirst, toChannelsLast }

  /// - Parameter shape: `[N, C, H, W]`, in either memory layout.
  private func bytes(from shape: Shape, order: Order) -> [UInt8] {
    let (size, channels, pixels) = (dtype.byteCount, shape[1], shape[2] * shape[3])
    return [UInt8](unsafeUninitializedCapacity: bytes.count) { target, count in
      bytes.withUnsafeBytes { source in
        for image in 0..<shape[0] {
          for channel in 0..<channels {
            for pixel in 0..<pixels {
              let first = ((image * channels + channel) * pixels + pixel) * size
              let last = ((image * pixels + pixel) * channels + channel) * size
              let (from, to) = order == .toChannelsFirst ? (last, first) : (first, last)
              for byte in 0..<size { target[to + byte] = source[from + byte] }
            }
          }
        }
      }
      count = bytes.count
    }
  }

  private func summingParts(count parts: Int) -> TensorValues {
    let (numbers, size) = (doubles, shape.count / max(parts, 1))
    let sums = (0..<size).map { index in (0..<parts).reduce(0) { $0 + numbers[$1 * size + index] } }
    return TensorValues(converting: sums, shape: [size], to: dtype)
  }
}
