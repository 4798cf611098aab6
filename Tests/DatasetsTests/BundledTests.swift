import Datasets
import Testing

@Suite("The bundled set")
struct BundledTests {
  @Test("is 6,000 and 1,000 images of Fashion-MNIST, the same number of each class")
  func counts() throws {
    let data = try Dataset.bundled()
    #expect(data.name == "fashion-mnist-small")
    #expect(data.shape == ImageShape(channels: 1, height: 28, width: 28))
    #expect(data.shape.description == "1×28×28")
    #expect(data.training.count == 6_000)
    #expect(data.test.count == 1_000)
    #expect(data.training.imagesPerClass(10) == [Int](repeating: 600, count: 10))
    #expect(data.test.imagesPerClass(10) == [Int](repeating: 100, count: 10))
    #expect(data.classNames.count == 10)
    #expect(data.classNames[Int(data.training.labels[0])] == "Ankle boot")
  }

  @Test("looks like the whole set")
  func statistics() throws {
    let statistics = try PixelStatistics(of: Dataset.bundled().training)
    // The published 60,000 images have 72.94 and 90.02; a subset of 6,000 differs by about 0.5.
    #expect(abs(statistics.mean - 72.94) < 1.5)
    #expect(abs(statistics.standardDeviation - 90.02) < 1.5)
    #expect(statistics.meanImage.count == 784)
  }

  @Test("says who made it and under which licence")
  func license() {
    #expect(Dataset.bundledLicense.contains("Han Xiao"))
    #expect(Dataset.bundledLicense.contains("Copyright © 2017 Zalando SE"))
  }
}
