import Lemnos

/// A network with two inputs, an image and a vector: whether the vector's sum is above the image's mean.
@Sendable func twoInputs(_ run: Run) throws {
  let eye = Sequential {
    Convolution2D(filters: 4, kernel: 5, stride: 2)
    ReLU()
    Flatten()
    Dense(16)
  }
  let session = try Session(on: run.backend, seed: 8)
  let states = StateStore()
  let pass = Pass(.training, states: states)
  let (image, numbers) = (Tensor.input("images", [32, 1, 28, 28]), Tensor.input("numbers", [32, 4]))
  let label = Tensor.input("label", [32, 1])

  let both = concatenate(
    [eye(image, in: pass, as: "eye"), Dense(8)(numbers, in: pass, as: "numbers")], axis: 1)
  let logits = Dense(1)(relu(both), in: pass, as: "head")
  let loss = Loss.binaryCrossEntropy()(logits, label)
  let update = NesterovMomentum(learningRate: 0.05).minimizing(loss, at: states.parameters)
  let step = try session.step("train", outputs: ["loss": loss], assigning: update.assignments)

  try run.begins(with: states.states, of: session)
  var source = Numbers(seed: 9)
  for n in 0..<run.steps {
    let images = try Dataset.clothes(32, from: n % 100 * 32).images
    let rows = source.tensor([32, 4])
    let labels = (0..<32).map { row -> Float in
      let mean = images.doubles[row * 784..<(row + 1) * 784].reduce(0, +) / 784
      return rows.doubles[row * 4..<(row + 1) * 4].reduce(0, +) > mean ? 1 : 0
    }
    let batch = ["images": images, "numbers": rows, "label": TensorValues(labels, shape: [32, 1])]
    try step.run(batch)
    run.note(try step.output("loss").scalar, of: batch)
  }
}
