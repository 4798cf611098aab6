import Datasets
import TestSupport
import Testing

@Suite("Loading by name or path")
struct LoadTests {
  private static let idxFiles = [
    ("train-images-idx3-ubyte", Fixtures.idxImages(count: 4)),
    ("train-labels-idx1-ubyte", Fixtures.idxLabels([1, 2, 3, 4])),
    ("t10k-images-idx3-ubyte", Fixtures.idxImages(count: 2)),
    ("t10k-labels-idx1-ubyte", Fixtures.idxLabels([5, 6])),
  ]

  @Test("finds the bundled set", arguments: ["bundled", "fashion-mnist-small"])
  func bundled(name: String) throws {
    #expect(try Dataset.load(name).training.count == 6_000)
  }

  @Test("finds IDX files, each plain or gzipped")
  func idx() throws {
    let folder = try TemporaryFolder()
    for (index, (name, bytes)) in Self.idxFiles.enumerated() {
      if index.isMultiple(of: 2) {
        try folder.write(bytes, as: name)
      } else {
        try folder.write(Fixtures.gzip(bytes), as: name + ".gz")
      }
    }
    let data = try Dataset.load(folder.path + "/")
    // Six classes occur, with the labels 1 to 6.
    #expect(data.training.labels == [0, 1, 2, 3])
    #expect(data.test.labels == [4, 5])
    #expect(data.classNames == (1...6).map(String.init))
    #expect(data.name == "idx")
    #expect(
      try DatasetSize(of: folder.path)
        == DatasetSize(shape: data.shape, classes: 6, trainingImages: 4, testImages: 2))
    let named = try Dataset.idx(in: folder.path, classNames: (0..<7).map { "c\($0)" })
    #expect(named.classNames.count == 7 && named.training.labels == [1, 2, 3, 4])
    #expect(throws: DatasetError.self) { try Dataset.idx(in: folder.path, classNames: ["only", "two"]) }
  }

  @Test("knows Fashion-MNIST by its first labels")
  func fashion() throws {
    let folder = try TemporaryFolder()
    // As published: https://github.com/zalandoresearch/fashion-mnist.
    let labels: [UInt8] = [9, 0, 0, 3, 0, 2, 7, 2, 5, 5, 0, 9, 5, 5, 7, 9, 1]
    let pixels = [UInt8](repeating: 7, count: labels.count * 28 * 28)
    for name in ["train", "t10k"] {
      let file = Fixtures.idx(magic: 0x803, sizes: [labels.count, 28, 28], values: pixels)
      try folder.write(file, as: name + "-images-idx3-ubyte")
      try folder.write(Fixtures.idxLabels(labels), as: name + "-labels-idx1-ubyte")
    }
    let data = try Dataset.load(folder.path)
    #expect(data.name == "fashion-mnist")
    #expect(try data.classNames == Dataset.bundled().classNames)
    #expect(data.training.labels == labels.map(Int32.init))
  }

  private static func write(_ labels: [[UInt8]], _ names: [String], to folder: TemporaryFolder) throws {
    for (part, labels) in labels.enumerated() {
      try folder.write(Fixtures.idxImages(count: labels.count), as: names[2 * part])
      try folder.write(Fixtures.gzip(Fixtures.idxLabels(labels)), as: names[2 * part + 1])
    }
  }

  static let otherNames = [
    [
      "train-images.idx3-ubyte", "train-labels.idx1-ubyte.gz", "t10k-images.idx3-ubyte",
      "t10k-labels.idx1-ubyte.gz",
    ],
    [
      "Train-Images-IDX3-ubyte", "Train-Labels-IDX1-ubyte.gz", "Test-Images-IDX3-ubyte",
      "Test-Labels-IDX1-ubyte.gz",
    ],
    [
      "mine-train-images-idx3-ubyte", "mine-train-labels-idx1-ubyte.gz", "mine-test-images-idx3-ubyte",
      "mine-test-labels-idx1-ubyte.gz",
    ],
  ]

  @Test("finds IDX files by other names, with as many classes as labels", arguments: otherNames)
  func idxNames(names: [String]) throws {
    let folder = try TemporaryFolder()
    try Self.write([[0, 2, 1, 2], [1, 0]], names, to: folder)
    let data = try Dataset.load(folder.path)
    #expect(data.classNames == ["0", "1", "2"] && data.training.labels == [0, 2, 1, 2])
  }

  @Test("knows EMNIST's sets by their names, and one of several by one of its files")
  func emnist() throws {
    func names(_ set: String) -> [String] {
      ["train", "test"].flatMap {
        ["emnist-\(set)-\($0)-images-idx3-ubyte", "emnist-\(set)-\($0)-labels-idx1-ubyte.gz"]
      }
    }
    let folder = try TemporaryFolder()
    try Self.write([[UInt8](1...26), [26, 1]], names("letters"), to: folder)
    let letters = try Dataset.load(folder.path)
    #expect(letters.classNames.joined() == "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    #expect(letters.training.labels == [Int32](0..<26) && letters.test.labels == [25, 0])
    try Self.write([[UInt8](0..<47), [46]], names("balanced"), to: folder)
    let several = #expect(throws: DatasetError.self) { try Dataset.load(folder.path) }
    #expect(several?.message.contains("emnist-balanced-…, emnist-letters-…") == true)
    let balanced = try Dataset.load(folder.path(of: names("balanced")[0]))
    #expect(
      balanced.classNames.count == 47 && balanced.classNames[46] == "t" && balanced.classNames[10] == "A")
    // If only some letters occur, the classes are named by number.
    try Self.write([[3, 1], [3]], names("letters"), to: folder)
    #expect(try Dataset.load(folder.path(of: names("letters")[2])).classNames == ["1", "3"])
  }

  @Test("names the files that are missing")
  func missingFiles() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.idxFiles[0].1, as: Self.idxFiles[0].0)
    try folder.write(Self.idxFiles[3].1, as: Self.idxFiles[3].0)
    let error = #expect(throws: DatasetError.self) { try Dataset.load(folder.path) }
    #expect(error?.category == .missing)
    #expect(error?.message.contains("train-labels-idx1-ubyte, t10k-images-idx3-ubyte are not in it") == true)
  }

  @Test("goes for CIFAR-10 where its files or its archive lie")
  func cifar10() throws {
    // Files of one record each: recognised as CIFAR-10, and refused for their size.
    for name in ["test_batch.bin", "cifar-10-batches-bin/data_batch_1.bin"] {
      let folder = try TemporaryFolder()
      try folder.write(Fixtures.cifar10([1]), as: name)
      let error = #expect(throws: DatasetError.self) { try Dataset.load(folder.path) }
      #expect(error?.message.contains("has 3,073 bytes, but 10,000 records of 3,073 make 30,730,000") == true)
    }
    let folder = try TemporaryFolder()
    let archive = try folder.write(Fixtures.gzip(Fixtures.cifar10Archive), as: "cifar-10-binary.tar.gz")
    for path in [folder.path, archive] {
      let error = #expect(throws: DatasetError.self) { try Dataset.load(path) }
      #expect(error?.path == archive)
      #expect(error?.message.contains("10,000 records") == true)
    }
  }

  @Test("refuses a folder with nothing, with both, and a file that is no archive")
  func others() throws {
    let folder = try TemporaryFolder()
    #expect(throws: DatasetError.self) { try Dataset.load(folder.path) }
    let file = try folder.write(Self.idxFiles[0].1, as: Self.idxFiles[0].0)
    try folder.write(Fixtures.cifar10([1]), as: "test_batch.bin")
    let both = #expect(throws: DatasetError.self) { try Dataset.load(folder.path) }
    #expect(both?.message.contains("both") == true)
    let single = #expect(throws: DatasetError.self) { try Dataset.load(file) }
    #expect(single?.message.contains("one file of several") == true)
    for (bytes, words) in [
      (Array("no archive".utf8), "this is text,"), (Array("a,b,c\n1,2,3\n".utf8), "a table in text (CSV)"),
      ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], "an HDF5 file"),
      (Array("PAR1".utf8), "a Parquet file"),
      ([0xFF, 0xD8, 0xFF, 0xE0], "this is a picture (JPEG)"), ([0x80, 4, 0x95], "a pickle of Python's"),
      ([1, 2, 3, 0, 0xEE], "of a kind that is not known"),
      (Fixtures.tar([("a.jpg", [1])]), "none of CIFAR's files"),
    ] {
      let path = try folder.write(bytes, as: "some.file")
      let error = #expect(throws: DatasetError.self) { try Dataset.load(path) }
      #expect(error?.message.contains(words) == true, "\(words): \(error?.message ?? "")")
    }
    #expect(throws: DatasetError.self) { try Dataset.load("/dev/null") }
  }

  @Test("says what there is, and what was meant")
  func unknownName() {
    let error = #expect(throws: DatasetError.self) { try Dataset.load("fashion-mnst") }
    #expect(error?.category == .missing)
    #expect(error?.message.contains("the bundled set is fashion-mnist-small") == true)
    #expect(error?.message.hasSuffix("did you mean fashion-mnist?") == true)
    let stranger = #expect(throws: DatasetError.self) { try Dataset.load("qwertyuiop") }
    #expect(stranger?.message.contains("did you mean") == false)
    let unfetched = #expect(throws: DatasetError.self) { try Dataset.load("cifar10") }
    #expect(unfetched?.message.contains("fetch it") == true)
    #expect(throws: DatasetError(.missing, path: "/no/such", "there is no such file or folder")) {
      try Dataset.load("/no/such")
    }
    #expect(throws: DatasetError(.missing, path: "/no/such", "there is no such folder")) {
      try Dataset.idx(in: "/no/such")
    }
  }
}
