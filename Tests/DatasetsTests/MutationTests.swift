import TestSupport
import Testing

@testable import Datasets

/// Damaged files, 2,000 of each kind and the same in every run: reading them gives a data set or an error.
@Suite("Files with random damage")
struct MutationTests {
  private static let count = 2_000

  /// Reads damaged copies, and returns the number of errors.
  private func refusals(
    of file: [UInt8], seed: UInt64, by read: (ByteStream) throws(DatasetError) -> Void
  ) -> Int {
    var random = SplitMix64(seed: seed)
    var refused = 0
    for _ in 0..<Self.count {
      let damaged = random.mutation(of: file)
      do throws(DatasetError) {
        try read(ByteStream(damaged, path: "damaged"))
      } catch {
        refused += 1
      }
    }
    return refused
  }

  @Test("IDX")
  func idx() {
    let refused = refusals(of: Fixtures.idxImages(count: 40), seed: 1) { (stream) throws(DatasetError) in
      _ = try IDX.images(stream)
    }
    #expect((1..<Self.count).contains(refused))  // any pixel is a good pixel
    let labels = Fixtures.idxLabels([UInt8](repeating: 3, count: 40))
    let refusedLabels = refusals(of: labels, seed: 2) { (stream) throws(DatasetError) in
      _ = try IDX.labels(stream).map(Int32.init).check(classes: 10, path: nil)
    }
    #expect(refusedLabels > Self.count / 2)
  }

  @Test("gzip")
  func gzip() {
    let packed = Fixtures.gzip(Fixtures.idxImages(count: 40))
    let refused = refusals(of: packed, seed: 3) { (stream) throws(DatasetError) in
      _ = try IDX.images(stream)
    }
    // The checksum detects damage that deflate accepts; the header's time and system may be anything.
    #expect(refused > Self.count / 2)
  }

  @Test("CIFAR-10")
  func cifar10() {
    let refused = refusals(of: Fixtures.cifar10([1, 2]), seed: 4) { (stream) throws(DatasetError) in
      var files = CIFAR10(path: "folder", recordsPerFile: 2)
      try files.add("test_batch.bin", from: stream)
    }
    #expect((1..<Self.count).contains(refused))
  }

  @Test("tar, and tar in gzip")
  func tar() {
    func read(_ stream: ByteStream) throws(DatasetError) {
      _ = try CIFAR10.read(archive: stream, recordsPerFile: 1)
    }
    let archive = Fixtures.cifar10Archive
    #expect((1..<Self.count).contains(refusals(of: archive, seed: 5, by: read)))
    #expect(refusals(of: Fixtures.gzip(archive), seed: 6, by: read) > Self.count / 2)
  }
}
