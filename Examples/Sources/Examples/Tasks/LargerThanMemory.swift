import Foundation
import Lemnos

/// Out-of-core training: examples are read from a file in a custom format, a few at a time.
@Sendable func largerThanMemory(_ run: Run) throws {
  let (count, width) = (4096, 8)
  // A file as an instrument might write it: rows of 8 inputs and the target.
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("rows-\(getpid()).bin")
  var numbers = Numbers(seed: 21)
  let rows = (0..<count).flatMap { _ -> [Float] in
    let row = numbers.next(width)
    return row + [row[0] * row[1] - row[2]]
  }
  try rows.withUnsafeBytes { try Data($0).write(to: path) }
  defer { try? FileManager.default.removeItem(at: path) }

  let file = try Data(contentsOf: path, options: .alwaysMapped)
  let size = (width + 1) * MemoryLayout<Float>.size
  let source = ComputedSource(count: count, [DataField("x", [width]), DataField("y", [1])]) {
    numbers, targets in
    for (place, row) in numbers.enumerated() {
      let (x, y) = (row * size..<(row + 1) * size - 4, (row + 1) * size - 4..<(row + 1) * size)
      targets[0][(place * x.count)...].copyBytes(from: file[x])
      targets[1][(place * y.count)...].copyBytes(from: file[y])
    }
  }

  var settings = TrainingSettings()
  settings.batchSize = 64
  settings.dataResidency = .streamed
  settings.validation = 512
  let trainer = try Trainer(
    Regression(
      Sequential {
        Dense(32); ReLU(); Dense(1)
      }), training: source, optimizer: Adam(learningRate: 0.01),
    backend: run.backend, settings: settings)
  try run.begins(with: trainer)
  try trainer.run(epochs: run.steps, reportEvery: 1) { _ in
  } until: {
    trainer.step >= run.steps
  }
  for (n, loss) in trainer.history.losses.enumerated() {
    run.note(Double(loss), of: try source.values(ofRows: trainer.examples(ofStep: n + 1)))
  }
}
