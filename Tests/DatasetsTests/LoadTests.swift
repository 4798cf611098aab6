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
    #expect(data.training.labels == [1, 2, 3, 4])
    #expect(data.test.labels == [5, 6])
    #expect(data.classNames == (0...9).map(String.init))
    #expect(data.name == "idx")
    #expect(try Dataset.idx(in: folder.path, classNames: (0..<7).map { "c\($0)" }).classNames.count == 7)
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
    // Files of one record each: recognised, and refused for their size.
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
    let text = try folder.write(Array("no archive".utf8), as: "notes.txt")
    #expect(throws: DatasetError.self) { try Dataset.load(text) }
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
