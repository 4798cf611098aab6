import Datasets
import Files
import Lemnos
import Pictures

/// Writes a model's outputs for pictures as pictures: a class mask, or the reconstruction.
struct PicturePredictions {
  private let shape: ImageShape
  private let model: TrainedModel
  /// The pixel value of each class in a mask; nil for reconstructions.
  private let classes: [[UInt8]]?
  private let folder: NewFolder
  private var taken: Set<String> = []

  init(of task: MaskTask, _ model: TrainedModel, to folder: NewFolder) {
    let pixels = task.classNames.map(MaskFolder.pixel)
    // If any class has a colour, grey levels are written as colours too.
    let isGrey = pixels.allSatisfy { $0.count == 1 }
    classes = pixels.map { isGrey || $0.count == 3 ? $0 : [$0[0], $0[0], $0[0]] }
    (shape, self.model, self.folder) = (task.shape, model, folder)
  }

  init(of task: ReconstructionTask, _ model: TrainedModel, to folder: NewFolder) {
    (shape, self.model, classes, self.folder) = (task.shape, model, nil, folder)
  }

  /// Writes the output for a picture.
  ///
  /// - Returns: the path of its file.
  mutating func write(_ path: FilePath) throws -> String {
    let pixels = try PictureFile.pixels(of: path, as: shape)
    let answer = try model([LabeledImages.imagesField: pixels])
    let picture =
      try classes.map { mask(answer["predicted"], $0) } ?? again(answer["reconstruction"])
    let file = "\(folder.path)/\(name(for: path)).png"
    try DurableFile.write([picture.png], to: file)
    return file
  }

  /// The picture's name without its extension, numbered if that name is taken.
  private mutating func name(for path: FilePath) -> String {
    let file = "\(path)".split(separator: "/").last.map(String.init) ?? "picture"
    let stem = file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
    let names = [stem] + (2...(taken.count + 2)).map { "\(stem)-\($0)" }
    let free = names.first { !taken.contains($0) } ?? stem
    taken.insert(free)
    return free
  }

  private func mask(_ values: TensorValues?, _ classes: [[UInt8]]) -> Picture {
    let numbers = values?.doubles ?? []
    return Picture(
      width: shape.width, height: shape.height, channels: classes[0].count,
      pixels: numbers.flatMap { classes[Int($0)] })
  }

  private func again(_ values: TensorValues?) throws -> Picture {
    let numbers = values?.doubles ?? []
    guard numbers.allSatisfy(\.isFinite) else {
      throw Failure("the model gives no finite numbers: its parameters are broken", code: 65)
    }
    let plane = shape.height * shape.width
    let channels = shape.channels == 3 ? 3 : 1
    return Picture(
      width: shape.width, height: shape.height, channels: channels,
      pixels: (0..<plane).flatMap { place in
        (0..<channels).map { UInt8(min(max((255 * numbers[$0 * plane + place]).rounded(), 0), 255)) }
      })
  }
}
