import Pictures
import Wording

/// Pairs of pictures and masks in folders: `images/name.jpg` and `masks/name.png`, or in folders per split,
/// `train/images/…`, `val/…`, `test/…`.
///
/// A mask has the size of its picture. The classes are the pixel values of masks, grey levels or colours,
/// that occur in training, in ascending order. Without a test split, a tenth of the pairs is held out,
/// selected by a hash of names. Pictures are scaled to fit and centre-cropped; masks are sampled at the
/// nearest pixel, so that no new class arises.
public struct MaskFolder: Sendable {
  public let training: MaskedImages
  /// Nil if there is none.
  public let validation: MaskedImages?
  public let test: MaskedImages

  /// The pixel values of the classes: `0` and `255`, or `#ff0000`; a class is an index into it.
  public let classNames: [String]

  /// Sentences for the user.
  public let notes: [String]

  private static let imageFolders: Set = ["images", "image", "imgs", "img", "jpegimages", "pictures"]
  private static let maskFolders: Set = ["masks", "mask", "labels", "annotations", "segmentationclass"]

  /// - Parameters:
  ///   - side: of the square images.
  ///   - classNames: of a model trained before; nil for those that occur.
  ///   - ignored: the grey level or colour of pixels that are of no class: their index is `MaskedImages.ignored`.
  /// - Throws: `DatasetError` for a folder without pairs, a picture without a mask, a mask of another size
  ///   or with a class that does not occur in training, and for unreadable files.
  public init(
    in path: String, size side: Int, classNames known: [String]? = nil, ignoring ignored: String? = nil,
    threads: Int
  ) throws(DatasetError) {
    func level(_ name: String) throws(DatasetError) -> UInt32 {
      guard let level = Self.level(of: name) else {
        throw DatasetError(.unusable, path: path, "'\(name)' is no grey level and no colour of a mask")
      }
      return level
    }
    let left: UInt32? = if let ignored { try level(ignored) } else { nil }
    let tree = try FileTree(Directory(path), threads: threads)
    let parts = Self.parts(of: tree.root)
    func part(_ part: PictureLayout.Part) throws(DatasetError) -> [Pair]? {
      guard let folder = parts.first(where: { $0.part == part }) else { return nil }
      return try Self.pairs(folder.images, folder.masks)
    }
    guard !parts.isEmpty else {
      throw DatasetError(
        .missing, path: path,
        "there are no pairs of pictures and masks in it: images/name.jpg and masks/name.png")
    }
    var (pairs, held, tested) = (try part(.training) ?? [], try part(.validation), try part(.test))
    if tested == nil { (tested, held) = (held, nil) }
    var notes: [String] = []
    if tested == nil {
      let (training, test) = Holdout.parted(pairs)
      (pairs, tested) = (Array(training), Array(test))
      notes.append("there is no folder test: a tenth of the pairs is held out for testing")
    }
    guard !pairs.isEmpty, let tested, !tested.isEmpty else {
      throw DatasetError(
        .unusable, path: path, "there are too few pairs of pictures and masks to train and test on")
    }
    let shape = try ImageFolder.shape(size: side)
    let read = try Self.read(pairs, as: shape, threads)
    let others = try [held ?? [], tested].map { (pairs) throws(DatasetError) in
      try Self.read(pairs, as: shape, threads)
    }
    let levels =
      try known.map { (names) throws(DatasetError) in
        try names.map { (name) throws(DatasetError) in try level(name) }
      } ?? Set(read.flatMap { Set($0.levels) }).subtracting([left].compactMap { $0 }).sorted()
    let most = left == nil ? 256 : MaskedImages.ignored
    guard 1...most ~= levels.count else {
      throw DatasetError(
        .unusable, path: path,
        levels.isEmpty
          ? "the masks have no colour but the ignored one, \(ignored ?? "")"
          : "the masks have \(levels.count.grouped) different colours, more than \(most) classes: save them as PNG, without a blur"
      )
    }
    func images(_ read: [Read]) throws(DatasetError) -> MaskedImages {
      try Self.images(read, levels, ignoring: left, shape)
    }
    training = try images(read)
    validation = held == nil ? nil : try images(others[0])
    test = try images(others[1])
    self.classNames = levels.map(Self.name)
    self.notes = notes
  }
}

extension MaskFolder {
  private struct Pair {
    let picture: FileTree.File
    let mask: FileTree.File
    let hash: UInt64
  }

  private struct Read {
    let path: FilePath
    let pixels: [UInt8]
    /// For each pixel of the mask its grey level, or its colour offset beyond the grey levels.
    let levels: [UInt32]
  }

  /// The folders of pictures and masks of each split; without splits, of the training set.
  private static func parts(
    of root: FileTree.Folder
  ) -> [(part: PictureLayout.Part, images: FileTree.Folder, masks: FileTree.Folder)] {
    func folders(_ folder: FileTree.Folder) -> (FileTree.Folder, FileTree.Folder)? {
      let images = folder.folders.first { imageFolders.contains("\($0.name)".lowercased()) }
      let masks = folder.folders.first { maskFolders.contains("\($0.name)".lowercased()) }
      return images.flatMap { images in masks.map { (images, $0) } }
    }
    if let (images, masks) = folders(root) { return [(.training, images, masks)] }
    return root.folders.compactMap { folder in
      guard let part = PictureLayout.Part(folder: folder.name), let (images, masks) = folders(folder) else {
        return nil
      }
      return (part, images, masks)
    }
  }

  /// A file's name without its extension.
  private static func stem(_ file: FileTree.File) -> String {
    let name = "\(file.name)"
    return name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
  }

  private static func pairs(
    _ images: FileTree.Folder, _ masks: FileTree.Folder
  ) throws(DatasetError) -> [Pair] {
    var left = Dictionary(
      masks.files.filter(\.isPicture).map { (stem($0), $0) }, uniquingKeysWith: { first, _ in first })
    var pairs: [Pair] = []
    for file in images.files where file.isPicture {
      let name = stem(file)
      let own = left[name] == nil ? "\(name)_mask" : name
      guard let mask = left.removeValue(forKey: own) else {
        throw DatasetError(
          .unusable, path: "\(file.place.path)", "there is no mask of this name in \(masks.path)")
      }
      pairs.append(
        Pair(picture: file, mask: mask, hash: Holdout.hash(class: [], image: Array(name.utf8))))
    }
    if let mask = left.min(by: { $0.key < $1.key })?.value {
      throw DatasetError(
        .unusable, path: "\(mask.place.path)", "there is no picture of this name in \(images.path)")
    }
    return pairs.sorted { $0.hash < $1.hash }
  }

  private static func read(
    _ pairs: [Pair], as shape: ImageShape, _ threads: Int
  ) throws(DatasetError) -> [Read] {
    let pictures = PictureFile.pixels(of: pairs.map(\.picture.place), as: shape, threads: threads)
    var result: [Read] = []
    for (pair, pixels) in zip(pairs, pictures) {
      result.append(
        Read(path: pair.mask.place.path, pixels: try pixels.get(), levels: try levels(of: pair, shape)))
    }
    return result
  }

  private static func levels(of pair: Pair, _ shape: ImageShape) throws(DatasetError) -> [UInt32] {
    func picture(_ file: FileTree.File) throws(DatasetError) -> Picture {
      let bytes = try file.place.bytes(upTo: PictureFile.mostBytes)
      do throws(PictureError) {
        return try Picture(file: bytes)
      } catch {
        throw DatasetError(.unusable, path: "\(file.place.path)", error.reason)
      }
    }
    let (mask, image) = (try picture(pair.mask), try picture(pair.picture))
    guard (mask.width, mask.height) == (image.width, image.height) else {
      throw DatasetError(
        .unusable, path: "\(pair.mask.place.path)",
        "is a mask of \(mask.width)×\(mask.height) pixels, but the picture has \(image.width)×\(image.height)"
      )
    }
    return mask.nearest(width: shape.width, height: shape.height)
  }

  private static func images(
    _ read: [Read], _ levels: [UInt32], ignoring ignored: UInt32?, _ shape: ImageShape
  ) throws(DatasetError) -> MaskedImages {
    var place = Dictionary(
      levels.enumerated().map { ($1, UInt8($0)) }, uniquingKeysWith: { first, _ in first })
    if let ignored { place[ignored] = UInt8(MaskedImages.ignored) }
    var masks: [UInt8] = []
    for one in read {
      for level in one.levels {
        guard let number = place[level] else {
          throw DatasetError(
            .unusable, path: "\(one.path)",
            "has pixels of \(name(level)), which is none of the classes \(levels.map(name).joined(separator: ", "))"
          )
        }
        masks.append(number)
      }
    }
    return try MaskedImages(images: read.flatMap(\.pixels), masks: masks, shape: shape)
  }

  private static let colour: UInt32 = 1 << 24

  private static func name(_ level: UInt32) -> String {
    guard level >= colour else { return "\(level)" }
    let digits = String(level - colour, radix: 16)
    return "#" + String(repeating: "0", count: 6 - digits.count) + digits
  }

  private static func level(of name: String) -> UInt32? {
    name.hasPrefix("#") ? UInt32(name.dropFirst(), radix: 16).map { $0 + colour } : UInt32(name)
  }

  /// The grey level, or red, green and blue, of a class in masks.
  package static func pixel(ofClass name: String) -> [UInt8] {
    let level = level(of: name) ?? 0
    return level < colour
      ? [UInt8(truncatingIfNeeded: level)]
      : [16, 8, 0].map { UInt8(truncatingIfNeeded: level >> $0) }
  }
}

extension Picture {
  /// The nearest pixels of the centre crop, for a resize: grey levels, or colours offset beyond these.
  fileprivate func nearest(width newWidth: Int, height newHeight: Int) -> [UInt32] {
    let scale = min(Double(width) / Double(newWidth), Double(height) / Double(newHeight))
    let (left, top) = (
      (Double(width) - scale * Double(newWidth)) / 2, (Double(height) - scale * Double(newHeight)) / 2
    )
    func place(_ index: Int, _ first: Double, below limit: Int) -> Int {
      min(max(Int(first + (Double(index) + 0.5) * scale), 0), limit - 1)
    }
    let columns = (0..<newWidth).map { place($0, left, below: width) }
    return (0..<newHeight).flatMap { row -> [UInt32] in
      let first = place(row, top, below: height) * width
      return columns.map { column in
        let pixel = pixels[(first + column) * channels..<(first + column + 1) * channels]
        let values = pixel.map { UInt32($0) }
        guard values.count >= 3, Set(values).count > 1 else { return values[0] }
        return 1 << 24 | values[0] << 16 | values[1] << 8 | values[2]
      }
    }
  }
}
