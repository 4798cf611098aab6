/// Images to train on that are streamed: what of them is on the device at a time.
public struct Streaming: Encodable, Hashable, Sendable {
  /// Batches in the ring.
  public let batches: Int
  /// Bytes of the ring, labels included.
  public let ringBytes: Int
  /// Bytes that all images and labels would take.
  public let imageBytes: Int

  /// Nil where the images are resident.
  init?(_ source: BatchSource, of set: ExampleSet) {
    guard let ring = source.ring else { return nil }
    (batches, ringBytes, imageBytes) = (ring.slots, ring.byteCount, set.byteCount)
  }
}
