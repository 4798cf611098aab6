import Datasets
import Tensors
import Testing

@Suite("Labeled images")
struct LabeledImagesTests {
  private static let shape = ImageShape(channels: 1, height: 1, width: 2)

  /// Image n is [n, n + 100], its label n.
  private func images(_ count: UInt8) throws -> LabeledImages {
    try LabeledImages(
      pixels: (0..<count).flatMap { [$0, $0 + 100] }, labels: (0..<count).map(Int32.init), shape: Self.shape)
  }

  @Test("keep pixels and labels together in a part of them")
  func parts() throws {
    let images = try images(10)
    #expect(images.subrange(3..<5).labels == [3, 4])
    #expect(images.subrange(3..<5).pixels == [3, 103, 4, 104])
    #expect(images.prefix(2).pixels == [0, 100, 1, 101])
    #expect(images.prefix(99) == images)
    #expect(images.prefix(-1).count == 0)
    #expect(Array(images.image(at: 7)) == [7, 107])
  }

  @Test("give their last ones for validation, as CS231n does")
  func split() throws {
    let images = try images(10)
    let byCount = try images.split(validation: 3)
    #expect(byCount.training.labels == [0, 1, 2, 3, 4, 5, 6])
    #expect(byCount.validation.labels == [7, 8, 9])
    #expect(byCount.validation.pixels == [7, 107, 8, 108, 9, 109])
    let byFraction = try images.split(validation: 0.25)  // 2.5 images round to 3
    #expect(byFraction.validation == byCount.validation)
    let none = try images.split(validation: 0)
    #expect(none.training == images)
    #expect(none.validation.count == 0)
  }

  @Test(
    "refuse a validation part that cannot be",
    arguments: [.count(-1), .count(10), .count(11), .fraction(1), .fraction(-0.1), .fraction(.nan)]
      as [ValidationSplit])
  func impossibleSplit(amount: ValidationSplit) throws {
    let images = try images(10)
    #expect(throws: DatasetError.self) { try images.split(validation: amount) }
  }

  @Test("refuse pixels that do not fit the labels")
  func mismatch() {
    let error = #expect(throws: DatasetError.self) {
      try LabeledImages(pixels: [1, 2, 3], labels: [0, 1], shape: Self.shape)
    }
    #expect(error?.category == .unusable)
    #expect(error?.message.contains("2 images of 1×1×2 and 3 pixel values") == true)
  }

  @Test("make a data set only when the parts fit")
  func dataset() throws {
    let images = try images(3)
    let classNames = ["a", "b", "c"]
    #expect(try Dataset(name: "x", training: images, test: images, classNames: classNames).training == images)
    #expect(throws: DatasetError(.unusable, "image 2 has the label 2, but there are 2 classes (from 0)")) {
      try Dataset(name: "x", training: images, test: images, classNames: ["a", "b"])
    }
    #expect(throws: DatasetError.self) {
      try Dataset(name: "x", training: images, test: images.prefix(0), classNames: classNames)
    }
    let tall = try LabeledImages(
      pixels: [1, 2], labels: [0], shape: ImageShape(channels: 1, height: 2, width: 1))
    #expect(throws: DatasetError.self) {
      try Dataset(name: "x", training: images, test: tall, classNames: classNames)
    }
  }
}
