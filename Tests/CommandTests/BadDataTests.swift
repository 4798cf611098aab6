import TestSupport
import Testing

@Suite("Data that cannot be used")
struct BadDataTests {
  /// One change to a valid data set in the folder `images`, and the expected error message.
  struct BadSet: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: Int32
    let words: [String]
    let spoil: @Sendable (inout [String: [UInt8]]) -> Void

    init(
      _ fault: String, _ code: Int32, _ words: String...,
      spoil: @escaping @Sendable (inout [String: [UInt8]]) -> Void
    ) {
      (testDescription, self.code, self.words, self.spoil) = (fault, code, words, spoil)
    }
  }

  private static let images = TinyImages.trainingImages
  private static let labels = TinyImages.trainingLabels

  static let sets: [BadSet] = [
    BadSet("an empty folder", 66, "images", "no data set") { $0 = ["notes.txt": []] },
    BadSet("a file too few", 66, "images", labels) { $0[labels] = nil },
    BadSet("images cut off", 65, images) { $0[images]?.removeLast(7) },
    BadSet("images cut off in the header", 65, images, "header") { $0[images] = [0, 0, 8, 3, 0] },
    BadSet("an empty file", 65, labels) { $0[labels] = [] },
    BadSet("bytes after the images", 65, images) { $0[images]?.append(1) },
    BadSet("a gzip file cut off", 65, "\(images).gz") {
      $0[images + ".gz"] = cutGzip($0.removeValue(forKey: images) ?? [])
    },
    BadSet("a gzip file that is none", 65, "\(images).gz") {
      $0[images + ".gz"] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xFF, 0xFF]
      $0[images] = nil
    },
    BadSet("a wrong magic number", 65, images, "0x00000903") { $0[images]?[2] = 9 },
    BadSet("labels for images", 65, images, "these are labels") { $0[images] = $0[labels] },
    BadSet("fewer labels than images", 65, "40 images", "39 labels") { $0[labels] = TinyImages.labels(39) },
    BadSet("test images of another size", 65, "1×4×4", "1×5×5") {
      $0[TinyImages.testImages] = TinyImages.images(20, side: 5)
    },
    BadSet("no images", 65, images, "nothing in it") {
      $0[images] = TinyImages.idx(magic: 0x803, sizes: [0, 4, 4], values: [])
    },
    BadSet("more images than memory can hold", 65, images) {
      $0[images] = TinyImages.idx(magic: 0x803, sizes: [0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], values: [])
    },
    BadSet("two sets in one folder", 65, "both IDX and CIFAR-10") { $0["test_batch.bin"] = [1] },
    BadSet("a CIFAR-10 file cut off", 65, "30,730,000") {
      $0 = ["cifar-10-batches-bin/data_batch_1.bin": [UInt8](repeating: 1, count: 3073)]
    },
  ]

  @Test("gets one clear sentence", arguments: sets)
  func refusal(_ set: BadSet) throws {
    let folder = try TemporaryFolder()
    var images = TinyImages()
    set.spoil(&images.files)
    try images.write(to: folder)
    for command in ["train \(TinyImages.options)", "data show images"] {
      try folder.expectRefusal(command, code: set.code, words: set.words)
    }
  }

  @Test(
    "gets one clear sentence where there is none",
    arguments: [
      BadInput("train --data fashion-mnst", 66, "fashion-mnst", "did you mean fashion-mnist?"),
      BadInput("train --data cifar10", 66, "lemnos data fetch cifar10"),
      BadInput("train --data no/such/folder", 66, "no/such/folder", "no such file or folder"),
      BadInput("train --data images/train-images-idx3-ubyte", 65, "give the folder"),
    ])
  func noSuchSet(_ input: BadInput) throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    try folder.expectRefusal(input.line, code: input.code, words: input.words)
  }

  /// The first half of a gzip file with one stored (uncompressed) block of these bytes.
  private static func cutGzip(_ bytes: [UInt8]) -> [UInt8] {
    let (low, high) = (UInt8(bytes.count & 0xFF), UInt8(bytes.count >> 8))
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, low, high, ~low, ~high] + bytes.prefix(bytes.count / 2)
  }
}
