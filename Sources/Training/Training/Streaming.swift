/// The streaming of training images: the part that is on the device at a time.
public struct Streaming: Encodable, Hashable, Sendable {
  /// Batches in the ring.
  public let batches: Int
  /// Bytes of the ring, including labels.
  public let ringBytes: Int
  /// Bytes of all images and labels.
  public let imageBytes: Int

  /// Nil for resident images.
  init?(_ source: BatchSource, of set: ExampleSet) {
    guard let ring = source.ring else { return nil }
    (batches, ringBytes, imageBytes) = (ring.slots, ring.byteCount, set.byteCount)
  }
}
