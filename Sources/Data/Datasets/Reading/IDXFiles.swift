/// The four IDX files of a set in a folder, recognised by name.
///
/// The published names are `train-images-idx3-ubyte` and the like, but variants have
/// `train-images.idx3-ubyte`, and EMNIST prefixes the set's name and uses `test` instead of `t10k`. All may
/// have `.gz`.
struct IDXFiles {
  static let trainingImages = "train-images-idx3-ubyte"
  static let trainingLabels = "train-labels-idx1-ubyte"
  static let testImages = "t10k-images-idx3-ubyte"
  static let testLabels = "t10k-labels-idx1-ubyte"

  let trainingImages: StoredFile
  let trainingLabels: StoredFile
  let testImages: StoredFile
  let testLabels: StoredFile
  /// The prefix of their names before "train" or "test", in lower case.
  let stem: String

  /// - Parameter stem: selects one of several sets; nil if there is one.
  /// - Throws: `DatasetError` (`.missing`), with the missing files; `.unusable` for several sets.
  init(in directory: Directory, stem wanted: String? = nil) throws(DatasetError) {
    var files: [Role: FilePath] = [:]
    var stems: Set<String> = []
    for name in try directory.fileNames() {
      guard let role = Role("\(name)") else { continue }
      stems.insert(role.stem)
      guard wanted == nil || wanted == role.stem else { continue }
      // Prefers the plain file to the compressed one, as it is faster to read.
      if let other = files[role], other.fileExtension != "gz" { continue }
      files[role] = name
    }
    guard stems.count < 2 || wanted != nil else {
      let names = stems.sorted().map { $0.isEmpty ? "one without a name" : "\($0)…" }.joined(separator: ", ")
      throw DatasetError(
        .unusable, path: "\(directory.path)",
        "several sets are in it, \(names): name a file of the one that is meant")
    }
    let stem = wanted ?? stems.first ?? ""
    let roles = [(true, true), (true, false), (false, true), (false, false)].map { isTraining, hasImages in
      Role(stem: stem, isTraining: isTraining, hasImages: hasImages)
    }
    let missing = roles.filter { files[$0] == nil }
    guard let trainingImages = files[roles[0]], let trainingLabels = files[roles[1]],
      let testImages = files[roles[2]],
      let testLabels = files[roles[3]]
    else {
      throw DatasetError(
        .missing, path: "\(directory.path)",
        "the IDX files \(missing.map(\.usualName).joined(separator: ", ")) are not in it, neither so nor with .gz"
      )
    }
    self.trainingImages = directory.file(trainingImages)
    self.trainingLabels = directory.file(trainingLabels)
    self.testImages = directory.file(testImages)
    self.testLabels = directory.file(testLabels)
    self.stem = stem
  }

  /// The role of a file in a set, by its name.
  struct Role: Hashable {
    let stem: String
    let isTraining: Bool
    let hasImages: Bool

    init(stem: String, isTraining: Bool, hasImages: Bool) {
      (self.stem, self.isTraining, self.hasImages) = (stem, isTraining, hasImages)
    }

    /// - Returns: nil for any other name.
    init?(_ name: String) {
      let name = name.lowercased()
      guard name.contains("ubyte"), name.contains("images") != name.contains("labels") else { return nil }
      hasImages = name.contains("images")
      guard
        let part = ["train", "t10k", "test"].compactMap({ name.firstRange(of: $0) }).min(by: {
          $0.lowerBound < $1.lowerBound
        })
      else { return nil }
      isTraining = name[part] == "train"
      stem = String(name[..<part.lowerBound])
    }

    /// The published name.
    var usualName: String {
      let test = stem.isEmpty ? "t10k" : "test"
      return "\(stem)\(isTraining ? "train" : test)-\(hasImages ? "images-idx3" : "labels-idx1")-ubyte"
    }
  }
}
