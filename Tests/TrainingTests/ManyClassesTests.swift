import Devices
import Datasets
import Layers
import Optimizers
import TestSupport
import Testing
import Training

@Suite("Many classes", .serialized)
struct ManyClassesTests {
  private static let backends: [BackendChoice] =
    VulkanUnderTest.missing == nil ? [.cpu, .vulkan(device: nil)] : [.cpu]

  /// Images with one white pixel, whose position is the class.
  private func images(of classes: Int, copies: Int) throws -> LabeledImages {
    let labels = (0..<classes * copies).map { Int32($0 % classes) }
    var pixels = [UInt8](repeating: 0, count: labels.count * classes)
    for (image, label) in labels.enumerated() { pixels[image * classes + Int(label)] = 255 }
    return try LabeledImages(
      pixels: pixels, labels: labels, shape: ImageShape(channels: 1, height: 10, width: classes / 10))
  }

  private func trainer(_ classes: Int, _ residency: DataResidency, on backend: BackendChoice) throws
    -> Trainer
  {
    var settings = TrainingSettings()
    settings.batchSize = 50
    settings.validation = 0
    settings.dataResidency = residency
    let data = try Dataset(
      name: "places", training: images(of: classes, copies: 2), test: images(of: classes, copies: 1),
      classNames: (0..<classes).map(String.init))
    return try Trainer(
      Sequential {
        Flatten()
        Dense(classes)
      }, data: data, optimizer: SGD(learningRate: 0.5), backend: backend, settings: settings, seed: 5)
  }

  @Test("are told apart, each by its own number, resident and streamed", arguments: backends, [300, 600])
  func places(backend: BackendChoice, classes: Int) throws {
    let trainers = try [DataResidency.resident, .streamed].map { try trainer(classes, $0, on: backend) }
    for trainer in trainers {
      try trainer.run(epochs: 2)
      #expect(try trainer.evaluate(.test).accuracy == 1)
      // The host compares with its own labels: the device's copy of them is not used.
      let inspection = try trainer.inspect(.test)
      #expect(inspection.count == classes && inspection.mistakes.isEmpty)
    }
    #expect(try trainers[0].checkpoint() == trainers[1].checkpoint())
  }
}
