import Lemnos

/// Training steps of the two-layer net 3072-100-10, batch 100, SGD, on random images: reading the loss after every step,
/// as interactive use does, and replayed.
func benchmarkSteps(on choice: BackendChoice) throws {
  var pixels = [UInt8](repeating: 0, count: 800 * 3072)
  for index in pixels.indices { pixels[index] = UInt8(truncatingIfNeeded: index &* 2_654_435_761 >> 13) }
  let images = try LabeledImages(
    pixels: pixels, labels: (0..<800).map { UInt8($0 % 10) },
    shape: ImageShape(channels: 3, height: 32, width: 32))
  let data = try Dataset(
    name: "random", training: images, test: images, classNames: (0..<10).map(String.init))
  var settings = TrainingSettings()
  settings.weightScale = 1e-3
  settings.validation = .count(0)
  let trainer = try Trainer(
    TwoLayerNet(classes: 10), data: data, optimizer: SGD(learningRate: 1e-3), backend: choice,
    settings: settings)
  let single = try Timing(seconds: 3) { try trainer.advance(1) }
  let replayed = try Timing(seconds: 3) { try trainer.advance(50) }
  print(
    "two-layer net 3072-100-10, batch 100, SGD  \(trainer.backendReason)\n  a step, loss read each time: median "
      + "\(text(single.median)), minimum \(text(single.minimum)); replayed: median \(text(replayed.median / 50))"
  )
}
