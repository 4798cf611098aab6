import Glibc
import Tensors
import TestSupport
import Testing

@testable import Datasets

@Suite("IDX files")
struct IDXTests {
  private static let labels: [UInt8] = [3, 1, 4, 1]

  private func images(_ bytes: [UInt8]) throws -> (pixels: Bytes, count: Int, shape: ImageShape) {
    try IDX.images(ByteStream(bytes, path: "images"))
  }

  @Test("are read, plain or gzipped", arguments: [false, true])
  func good(compressed: Bool) throws {
    let file = Fixtures.idxImages(count: 4)
    let (pixels, count, shape) = try images(compressed ? Fixtures.gzip(file) : file)
    #expect(count == 4)
    #expect(shape == ImageShape(channels: 1, height: 2, width: 3))
    #expect(Array(pixels) == Array(file.dropFirst(16)))
    let labelFile = Fixtures.idxLabels(Self.labels)
    let labels = try IDX.labels(ByteStream(compressed ? Fixtures.gzip(labelFile) : labelFile, path: "labels"))
    #expect(labels == Self.labels)
  }

  @Test("cut short at any byte are refused", arguments: [false, true])
  func truncated(compressed: Bool) {
    let plain = [Fixtures.idxImages(count: 4), Fixtures.idxLabels(Self.labels)]
    for (kind, file) in (compressed ? plain.map(Fixtures.gzip) : plain).enumerated() {
      for length in file.indices {
        #expect(throws: DatasetError.self, "cut at \(length)") {
          let stream = try ByteStream(Array(file.prefix(length)), path: "cut")
          if kind == 0 { _ = try IDX.images(stream) } else { _ = try IDX.labels(stream) }
        }
      }
    }
  }

  @Test("with anything behind their end are refused", arguments: [false, true])
  func trailing(compressed: Bool) {
    let file = Fixtures.idxImages(count: 4) + [0]
    #expect(throws: DatasetError.self) { try images(compressed ? Fixtures.gzip(file) : file) }
    let behindGzip = Fixtures.gzip(Fixtures.idxImages(count: 4)) + [0]
    #expect(throws: DatasetError.self) { try images(behindGzip) }
  }

  @Test("in several gzip members are one file")
  func members() throws {
    let file = Fixtures.idxImages(count: 4)
    let packed = Fixtures.gzip(Array(file.prefix(9))) + Fixtures.gzip(Array(file.dropFirst(9)))
    #expect(try images(packed).pixels == Bytes(Array(file.dropFirst(16))))
  }

  @Test("of the wrong kind say which kind they are")
  func wrongMagic() {
    let labels = Fixtures.idxLabels([1, 2, 3, 4, 5, 6, 7, 8])
    let error = #expect(throws: DatasetError.self) { try images(labels) }
    #expect(
      error?.description
        == "images: the file starts with 0x00000801, but IDX images start with 0x00000803: these are labels")
  }

  @Test(
    "that claim what cannot be are refused, without taking memory for it",
    arguments: [
      [0, 28, 28], [5, 0, 28], [5, 28, 0], [5, 2, 3], [4, 2, 4], [1 << 31, 1, 1],
      [0xFFFF_FFFF, 0xFFFF_FFFF, 1], [0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF],
    ])
  func claims(sizes: [Int]) {
    let file = Fixtures.idx(magic: IDX.imagesMagic, sizes: sizes, values: [UInt8](repeating: 1, count: 24))
    #expect(throws: DatasetError.self) { try images(file) }
    #expect(throws: DatasetError.self) { try images(Fixtures.gzip(file)) }
  }

  @Test("that unpack to far more than their header says are left at the first byte too many")
  func bomb() throws {
    let zeros = [UInt8](repeating: 0, count: 10_000_000)
    let bomb = Fixtures.idx(magic: IDX.imagesMagic, sizes: [1, 1, 1], values: zeros)
    let stream = try ByteStream(Fixtures.gzip(bomb), path: "bomb")
    #expect(throws: DatasetError.self) { try IDX.images(stream) }
    #expect(stream.position == 18)  // the header, one pixel, and one more to see that there is one
  }

  @Test("larger than all memory stay on the disk, unless all of them would have to be made anew")
  func holes() throws {
    let folder = try TemporaryFolder()
    let memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    let count = 2 * memory / (1024 * 1024)
    let path = try folder.write(
      Fixtures.idx(magic: IDX.imagesMagic, sizes: [count, 1024, 1024], values: []), as: "holes")
    try #require(truncate(path, 16 + count * 1024 * 1024) == 0)
    let pixels = try IDX.images(ByteStream(path: path)).pixels
    #expect(pixels.count == count * 1024 * 1024)
    var last: [UInt8] = [7, 7]
    last.withUnsafeMutableBytes { pixels.copy(from: pixels.count - 2, to: $0) }
    #expect(last == [0, 0])
    // Floating-point numbers have their highest byte first.
    let floats = try folder.write(
      Fixtures.idx(magic: 0xD03, sizes: [count, 512, 512], values: []), as: "floats")
    try #require(truncate(floats, 16 + count * 1024 * 1024) == 0)
    let error = #expect(throws: DatasetError.self) { try ArrayFile(floats) }
    #expect(error?.category == .unusable)
    #expect(error?.message.contains("memory") == true)
  }

  @Test("that disagree are refused with both numbers")
  func counts() {
    let error = #expect(throws: DatasetError.self) {
      try IDX.labeledImages(
        images: ByteStream(Fixtures.idxImages(count: 4), path: "images"),
        labels: ByteStream(Fixtures.idxLabels([1, 2, 3]), path: "labels"), classes: 10)
    }
    #expect(error?.description == "images: this holds 4 images, but labels holds 3 labels")
  }

  @Test("with a label that is no class are refused")
  func labelRange() {
    let error = #expect(throws: DatasetError.self) {
      try IDX.labeledImages(
        images: ByteStream(Fixtures.idxImages(count: 2), path: "images"),
        labels: ByteStream(Fixtures.idxLabels([9, 10]), path: "labels"), classes: 10)
    }
    #expect(error?.description == "labels: image 1 has the label 10, but there are 10 classes (from 0)")
  }
}
