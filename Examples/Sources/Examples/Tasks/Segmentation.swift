import Lemnos

/// Semantic segmentation with a U-Net of two levels, through a trainer.
@Sendable func segmentation(_ run: Run) throws {
  let scenes = scenes(32, seed: 7)
  let data = try ArraySource(["images": scenes.images, "masks": scenes.masks])
  var settings = TrainingSettings()
  settings.batchSize = data.count
  settings.validation = 0
  let trainer = try Trainer(
    PixelClassification(SmallUNet(classes: 3), classes: 3), training: data,
    optimizer: Adam(learningRate: 0.005),
    backend: run.backend, settings: settings)

  try run.begins(with: trainer, on: data)
  let history = try trainer.run(epochs: run.steps)
  run.note(history, showing: "iou")
}

/// Downsampling by two and upsampling again, with a skip connection.
struct SmallUNet: Layer {
  let classes: Int

  func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    let left = block(8)(x, in: pass, as: "left")
    let half = MaxPool2D(window: 2).forward(left, in: pass)
    let bottom = block(16)(half, in: pass, as: "bottom")
    let up = TransposedConvolution2D(filters: 8, kernel: 2, stride: 2)(bottom, in: pass, as: "up")
    let right = block(8)(concatenate([left, up], axis: 1), in: pass, as: "right")
    return Convolution2D(filters: classes, kernel: 1)(right, in: pass, as: "scores")
  }

  private func block(_ filters: Int) -> Sequential {
    Sequential {
      Convolution2D(filters: filters, kernel: 3, padding: .same)
      ReLU()
      Convolution2D(filters: filters, kernel: 3, padding: .same)
      ReLU()
    }
  }
}
