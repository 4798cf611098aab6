import Lemnos

// The examples of Documentation/Your-own-data.md. DocumentationTests checks that what is shown there is here.

/// - Parameters:
///   - archive: an `.npz` file with arrays x, [N, 3], and y, [N, 1].
///   - inputs: a file with an array of as many rows as the labels.
///   - labels: a file with an array of labels.
/// - Returns: the fields of both, and the root mean square error on the archive.
func trainOnArraysOfTheGuide(
  archive: String, inputs: String, labels: String
) throws -> (fields: [DataField], rmse: Double) {
  let houses = try ArrayFile(archive)  // "houses.npz": each array in it is a field
  let digits = try ArrayFile(["images": inputs, "labels": labels])  // "images.npy", "labels.idx1"
  print(houses.count, houses.fields, digits.fields)

  var settings = TrainingSettings()
  settings.batchSize = 8
  let trainer = try Trainer(
    Regression(Dense(1)), training: houses, optimizer: Adam(learningRate: 0.05), backend: .cpu,
    settings: settings)
  let history = try trainer.run(epochs: 60)
  return (houses.fields + digits.fields, history.best?.validation?.value(of: "rmse") ?? .nan)
}

/// - Parameter file: a table with a column price.
/// - Returns: the fields of its rows.
func readATableOfTheGuide(file: String) throws -> [DataField] {
  let table = try DataTable(file: file)
  print(table)
  let rows = try TableSource(table, target: ["price"])
  let scaled = try Standardization(of: rows, fields: ["numbers"], measuring: ["target"])

  precondition(scaled["target"] != nil)
  return rows.fields
}

/// - Parameter path: a text.
/// - Returns: the windows to train on, and the tokens that are held out.
func readATextOfTheGuide(path: String) throws -> (windows: Int, validation: Int) {
  let documents = try TextDocuments(path)  // "book.txt", "pages.jsonl", or a folder
  let tokenizer = try Tokenizer.trainedBPE(on: documents.texts(), vocabularySize: 400)
  let tokens = try TokenSequence(of: documents, by: tokenizer)
  let (training, validation) = try tokens.split(validation: 0.1)
  let windows = try TokenWindows(training, context: 16)

  return (windows.count, validation.count)
}

/// - Returns: the root mean square error of a line through what a function makes.
func trainOnAFunctionOfTheGuide() throws -> Double {
  let waves = ComputedSource(count: 100_000, [DataField("x", [1]), DataField("y", [1])]) { rows, targets in
    for (place, row) in rows.enumerated() {
      let x = Float(row % 1000) / 500 - 1
      targets[0].storeBytes(of: x, toByteOffset: 4 * place, as: Float.self)
      targets[1].storeBytes(of: 3 * x - 1, toByteOffset: 4 * place, as: Float.self)
    }
  }
  let (training, test) = waves.split(last: 1000)

  var settings = TrainingSettings()
  settings.batchSize = 500
  let trainer = try Trainer(
    Regression(Dense(1)), training: training, test: test, optimizer: SGD(learningRate: 0.3), backend: .cpu,
    settings: settings)
  try trainer.run(epochs: 1)
  return try trainer.evaluate(.test).value(of: "rmse")
}
