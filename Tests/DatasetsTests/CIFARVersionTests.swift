import FileWriting
import Tensors
import TestSupport
import Testing

@testable import Datasets

@Suite("CIFAR for Python, and CIFAR-100")
struct CIFARVersionTests {
  private static let names = (0..<10).map { "class\($0)" }

  private static func batch(_ labels: [Int], key: String = "labels", isText: Bool) -> Pickled {
    func name(_ text: String) -> Pickled { isText ? .text(text) : .bytes(Array(text.utf8)) }
    let pixels = labels.flatMap { label in (0..<3072).map { UInt8(($0 / 1024 * 50 + label) % 256) } }
    return .dictionary([
      (name("batch_label"), name("batch")), (name(key), .list(labels.map(Pickled.integer))),
      (name("data"), .array(shape: [labels.count, 3072], pixels)),
      (name("filenames"), .list([name("a.png")])),
    ])
  }

  private static func files(_ writer: Pickled.Writer) -> [(String, [UInt8])] {
    // Python 2 strings are bytes; so are the keys of the published files and of files modelled on them.
    let isText = writer == .protocol4
    let meta = Pickled.dictionary([
      (isText ? .text("label_names") : .bytes(Array("label_names".utf8)), .list(names.map(Pickled.text))),
      (.text("num_cases_per_batch"), .integer(10000)),
    ])
    return (1...5).map { ("data_batch_\($0)", batch([$0, 0], isText: isText).file(writer)) }
      + [
        ("test_batch", batch([9, 300 % 10, 7], isText: isText).file(writer)),
        ("batches.meta", meta.file(writer)),
      ]
  }

  @Test("CIFAR-10 is read as any Python has written it", arguments: Pickled.Writer.allCases)
  func python(writer: Pickled.Writer) throws {
    let folder = try TemporaryFolder()
    for (name, bytes) in Self.files(writer) { try folder.write(bytes, as: "cifar-10-batches-py/\(name)") }
    try folder.write(Array("<html>".utf8), as: "cifar-10-batches-py/readme.html")
    let data = try Dataset.load(folder.path)
    #expect(data.name == "cifar10" && data.classNames == Self.names)
    #expect(data.training.labels == [1, 0, 2, 0, 3, 0, 4, 0, 5, 0] && data.test.labels == [9, 0, 7])
    #expect(data.test.image(at: 0)[1024] == 59 && data.test.image(at: 2).last == 107)
    // The same files in an archive.
    let archive = Fixtures.tar(Self.files(writer).map { ("cifar-10-batches-py/\($0)", $1) })
    let path = try folder.write(Fixtures.gzip(archive), as: "cifar-10-python.tar.gz")
    #expect(try Dataset.load(path).training == data.training)
  }

  @Test("CIFAR-100 is read from its pickles by its fine labels")
  func python100() throws {
    let folder = try TemporaryFolder()
    let names = (0..<100).map { "fine\($0)" }
    try folder.write(Self.batch([99, 3], key: "fine_labels", isText: false).file(.python2), as: "train")
    try folder.write(Self.batch([42], key: "fine_labels", isText: false).file(.python2), as: "test")
    let meta = Pickled.dictionary([(.text("fine_label_names"), .list(names.map(Pickled.text)))])
    try folder.write(meta.file(.python2), as: "meta")
    let data = try Dataset.load(folder.path)
    #expect(data.name == "cifar100" && data.classNames == names)
    #expect(data.training.labels == [99, 3] && data.test.labels == [42])
  }

  @Test("CIFAR-100 in its binary version has fine labels and coarse ones")
  func binary() throws {
    let folder = try TemporaryFolder()
    func record(_ coarse: UInt8, _ fine: UInt8) -> [UInt8] {
      [coarse, fine] + [UInt8](repeating: fine, count: 3072)
    }
    let files: [(String, [UInt8])] = [
      ("train.bin", record(3, 77) + record(19, 0)), ("test.bin", record(0, 99)),
      ("fine_label_names.txt", Array((0..<100).map { "fine\($0)\n" }.joined().utf8)),
      ("coarse_label_names.txt", Array((0..<20).map { "coarse\($0)\n" }.joined().utf8)),
    ]
    for (name, bytes) in files { try folder.write(bytes, as: "cifar-100-binary/\(name)") }
    let fine = try Dataset.load(folder.path)
    #expect(fine.name == "cifar100" && fine.classNames[99] == "fine99")
    #expect(fine.training.labels == [77, 0] && fine.test.labels == [99])
    #expect(fine.training.image(at: 0).allSatisfy { $0 == 77 })
    let coarse = try Dataset.cifar100(in: folder.path, coarse: true)
    #expect(coarse.training.labels == [3, 19] && coarse.classNames.count == 20)
    let archive = Fixtures.gzip(Fixtures.tar(files.map { ("cifar-100-binary/\($0)", $1) }))
    #expect(try Dataset.load(folder.write(archive, as: "cifar-100-binary.tar.gz")).training == fine.training)
    try folder.write(record(1, 2).dropLast(), as: "cifar-100-binary/test.bin")
    let error = #expect(throws: DatasetError.self) { try Dataset.load(folder.path) }
    #expect(error?.message.contains("no whole records of 3,074") == true)
  }

  @Test("pickles that ask for anything else are refused by its name, and nothing is called")
  func hostile() {
    // cos / system / (S'...' as a string) / tR: a typical attack.
    for (module, name) in [
      ("os", "system"), ("builtins", "eval"), ("posix", "system"), ("numpy", "fromfile"),
    ] {
      let program =
        [0x80, 2] + Array("c\(module)\n\(name)\n".utf8) + Array("X".utf8) + [2, 0, 0, 0] + Array("ls".utf8)
        + [0x85]
        + Array("R.".utf8)
      let error = #expect(throws: DatasetError.self) { try Pickle(program, path: "a") }
      #expect(error?.message.contains("asks for \(module).\(name)") == true)
    }
    // Opcodes for objects, classes, persistent ids and out-of-band buffers.
    for instruction: UInt8 in [0x69, 0x6F, 0x50, 0x51, 0x81, 0x92, 0x97, 0x82] {
      #expect(throws: DatasetError.self) { try Pickle([0x80, 4, 0x5D, 0x5D, instruction, 0x2E], path: "a") }
    }
    #expect(throws: DatasetError.self) { try Pickle(Array("(dp0\n.".utf8), path: "a") }
  }

  @Test("pickles nested without end, or that hold themselves, end")
  func nesting() throws {
    let deep = [0x80, 2, 0x29] + [UInt8](repeating: 0x85, count: 1_000_000) + [0x2E]
    #expect(try Pickle(deep, path: "a").names == [])
    // A list that contains itself.
    let cycle: [UInt8] = [0x80, 2, 0x5D, 0x71, 0, 0x68, 0, 0x61, 0x2E]
    let pickle = try Pickle(cycle, path: "a")
    #expect(throws: DatasetError.self) { try pickle.integers(pickle.root) }
  }

  @Test("pickles with random damage are read or refused, and never crash", arguments: Pickled.Writer.allCases)
  func mutations(writer: Pickled.Writer) {
    let small = Pickled.dictionary([
      (.text("labels"), .list([.integer(1), .integer(300)])),
      (.text("data"), .array(shape: [2, 2], [1, 2, 3, 200])),
    ]).file(writer)
    var random = SplitMix64(seed: 3)
    var refused = 0
    for _ in 0..<3000 {
      do {
        let pickle = try Pickle(random.mutation(of: small), path: "a")
        if let data = pickle.value("data") { _ = try pickle.array(data) }
        if let labels = pickle.value("labels") { _ = try pickle.integers(labels) }
      } catch { refused += 1 }
    }
    #expect((1..<3000).contains(refused))
  }
}
