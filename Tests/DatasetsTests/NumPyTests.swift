import FileWriting
import Tensors
import TestSupport
import Testing

@testable import Datasets

@Suite("Numpy's arrays")
struct NumPyTests {
  private static func pixels(_ count: Int) -> [UInt8] { (0..<count).map { UInt8($0 % 251) } }

  private static func archive(_ arrays: [(String, [UInt8])]) -> [UInt8] {
    zip(arrays.enumerated().map { ZipFile("\($1.0).npy", $1.1, isDeflated: $0 % 2 == 0) })
  }

  static let names = [
    ["x_train", "y_train", "x_test", "y_test"],
    ["train_images", "train_labels", "test_images", "test_labels"],
    ["X_train", "Y_train", "X_test", "Y_test"], ["xTrain", "yTrain", "xTest", "yTest"],
    ["images_train", "targets_train", "images_test", "targets_test"],
  ]

  @Test("of two parts, by the names that people give them", arguments: names)
  func parts(names: [String]) throws {
    let folder = try TemporaryFolder()
    let arrays: [(String, [UInt8])] = [
      (names[0], npy(shape: [4, 2, 3], Self.pixels(24))),
      (names[1], npy(type: "<i8", shape: [4], littleEndian([0, 1, 2, 1], size: 8))),
      (names[2], npy(shape: [2, 2, 3], Self.pixels(12))), (names[3], npy(shape: [2, 1], [2, 0])),
    ]
    let path = try folder.write(Self.archive(arrays), as: "set.npz")
    let data = try Dataset.load(path)
    #expect(data.name == "set" && data.classNames == ["0", "1", "2"])
    #expect(data.shape == ImageShape(channels: 1, height: 2, width: 3))
    #expect(data.training.labels == [0, 1, 2, 1] && Array(data.training.pixels) == Self.pixels(24))
    #expect(data.test.labels == [2, 0] && data.validation == nil)
    #expect(try EvaluationSet.load(path).images == data.test)
    #expect(
      try DatasetSize(of: path)
        == DatasetSize(shape: data.shape, classes: 3, trainingImages: 4, testImages: 2))
    // The same arrays as separate files.
    let other = try TemporaryFolder()
    for (name, bytes) in arrays { try other.write(bytes, as: "\(name).npy") }
    #expect(try Dataset.load(other.path).training == data.training)
  }

  @Test("of three parts, as MedMNIST has them")
  func threeParts() throws {
    let folder = try TemporaryFolder()
    let arrays = ["train", "val", "test"].enumerated().flatMap { number, part in
      [
        ("\(part)_images", npy(shape: [2, 1, 2, 3], [UInt8](repeating: UInt8(number), count: 12))),
        ("\(part)_labels", npy(shape: [2, 1], [0, 5])),
      ]
    }
    let data = try Dataset.load(folder.write(Self.archive(arrays), as: "a.npz"))
    // Two labels that are not consecutive numbers are two classes.
    #expect(data.classNames == ["0", "5"] && data.training.labels == [0, 1])
    #expect(data.shape == ImageShape(channels: 3, height: 1, width: 2))
    #expect([data.training.pixels[0], data.validation?.pixels[0], data.test.pixels[0]] == [0, 1, 2])
  }

  @Test("alone have a tenth of each class held out, and are all there to measure on")
  func single() throws {
    let folder = try TemporaryFolder()
    let labels = (0..<60).map { UInt8($0 % 3) }
    let path = try folder.write(
      Self.archive([
        ("images", npy(shape: [60, 1, 1], Self.pixels(60))), ("labels", npy(shape: [60], labels)),
      ]), as: "a.npz")
    let data = try Dataset.load(path)
    #expect(data.training.imagesPerClass(3) == [18, 18, 18] && data.test.imagesPerClass(3) == [2, 2, 2])
    for part in [data.training, data.test] {
      for index in 0..<part.count { #expect(Int32(part.pixels[index]) % 3 == part.labels[index]) }
    }
    #expect(data.notes.count == 1)
    #expect(try EvaluationSet.load(path).images.pixels == Bytes(Self.pixels(60)))
  }

  @Test("are images in three orders of axes, and in Fortran's")
  func axes() throws {
    func images(_ shape: [Int], isFortran: Bool = false) throws -> (
      pixels: Bytes, count: Int, shape: ImageShape
    ) {
      let count = shape.reduce(1, *)
      return try StoredArray(
        type: #require(ElementType(numPy: "|u1")), shape: shape, isFortran: isFortran,
        bytes: Bytes(Self.pixels(count)), path: "a"
      ).images(path: "a")
    }
    // Two images of 2×2 with three channels: the channels are interleaved.
    let last = try images([2, 2, 5, 3])
    #expect(last.shape == ImageShape(channels: 3, height: 2, width: 5) && last.count == 2)
    #expect(Array(last.pixels.prefix(10)) == [0, 3, 6, 9, 12, 15, 18, 21, 24, 27] && last.pixels[10] == 1)
    let first = try images([2, 3, 5, 7])
    #expect(
      first.shape == ImageShape(channels: 3, height: 5, width: 7) && first.pixels == Bytes(Self.pixels(210)))
    let fortran = try images([2, 3, 4], isFortran: true)
    // Element [n, h, w] is at n + 2 h + 6 w.
    #expect(Array(fortran.pixels.prefix(8)) == [0, 6, 12, 18, 2, 8, 14, 20] && fortran.pixels[12] == 1)
    for shape in [[4], [4, 4], [2, 9, 9, 9], [0, 3, 3], [2, 2, 2, 2, 2]] {
      #expect(throws: DatasetError.self) { try images(shape) }
    }
  }

  static let integers: [(String, Int, [Int])] = [
    ("|u1", 1, [0, 255]), ("|i1", 1, [-1, 127]), ("<u2", 2, [0, 65535]), ("<i2", 2, [-2, 300]),
    ("<i4", 4, [-70000, 70000]),
    ("<u4", 4, [1, 4_000_000_000]), ("<i8", 8, [-5, 1 << 40]), ("<u8", 8, [0, 1 << 62]), ("|b1", 1, [0, 1]),
  ]

  @Test("are labels of any whole numbers, in both orders of bytes", arguments: integers)
  func labels(row: (type: String, size: Int, numbers: [Int])) throws {
    let bytes = littleEndian(row.numbers, size: row.size)
    let array = try StoredArray(npy: ByteStream(npy(type: row.type, shape: [2], bytes), path: "a"))
    #expect(try array.integers(path: "a") == row.numbers)
    let swapped = stride(from: 0, to: bytes.count, by: row.size).flatMap {
      Array(bytes[$0..<$0 + row.size].reversed())
    }
    let big = try StoredArray(
      npy: ByteStream(npy(type: ">" + row.type.dropFirst(), shape: [2], version: 2, swapped), path: "a"))
    #expect(try big.integers(path: "a") == row.numbers)
  }

  @Test("of other kinds are refused in a sentence that says what to do")
  func refusals() throws {
    let folder = try TemporaryFolder()
    func refusal(_ images: [UInt8], _ labels: [UInt8]) throws -> String {
      let path = try folder.write(Self.archive([("images", images), ("labels", labels)]), as: "a.npz")
      return "\(try #require(#expect(throws: DatasetError.self) { try Dataset.load(path) }))"
    }
    let good = (npy(shape: [2, 2, 2], Self.pixels(8)), npy(shape: [2], [0, 1]))
    #expect(try refusal(npy(type: "<f4", shape: [2, 1, 1], Self.pixels(8)), good.1).contains("uint8"))
    #expect(try refusal(npy(shape: [2, 4], Self.pixels(8)), good.1).contains("[N, H, W]"))
    #expect(try refusal(good.0, npy(type: "<f8", shape: [2], Self.pixels(16))).contains("whole numbers"))
    #expect(try refusal(good.0, npy(shape: [2, 3], Self.pixels(6))).contains("argmax"))
    #expect(try refusal(good.0, npy(shape: [3], [0, 1, 2])).contains("2 images, but 3 labels"))
    #expect(try refusal(good.0, npy(type: "|i1", shape: [2], [255, 0])).contains("label -1"))
    #expect(try refusal(good.0, npy(type: "|O", shape: [2], [1])).contains("|O"))
    #expect(try refusal(good.0, npy(shape: [9], [0, 1])).contains("damaged"))
    #expect(try refusal(npy(shape: [1 << 40, 1 << 40, 9], []), good.1).contains("shape"))
    let half = try folder.write(
      Self.archive([("x_train", good.0), ("y_train", good.1), ("x_test", good.0)]), as: "b.npz")
    #expect(throws: DatasetError.self) { try Dataset.load(half) }
    let alone = try folder.write(good.0, as: "x.npy")
    let error = #expect(throws: DatasetError.self) { try Dataset.load(alone) }
    #expect(error?.message.contains("images and labels are two") == true)
  }

  @Test("with random damage are read or refused, and never crash")
  func mutations() {
    let file = npy(shape: [3, 2, 2], Self.pixels(12))
    var random = SplitMix64(seed: 4)
    var refused = 0
    for _ in 0..<2000 {
      do {
        _ = try StoredArray(npy: ByteStream(random.mutation(of: file), path: "a")).images(path: "a")
      } catch {
        refused += 1
      }
    }
    #expect((1..<2000).contains(refused))
  }
}
