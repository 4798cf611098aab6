import Tensors
import TestSupport
import Testing

@testable import Datasets

@Suite("CIFAR-10 files")
struct CIFAR10Tests {
  private func check(_ data: Dataset) {
    #expect(data.name == "cifar10")
    #expect(data.shape.description == "3×32×32")
    #expect(data.training.labels == [0, 1, 2, 3, 4])
    #expect(data.test.labels == [5])
    #expect(data.training.image(at: 3).prefix(1024).allSatisfy { $0 == 30 })
    #expect(data.training.image(at: 3).suffix(1024).allSatisfy { $0 == 32 })
    #expect(data.classNames[3] == "class3")
  }

  @Test("are read from their folder", arguments: ["", CIFAR10.folderName + "/"])
  func folder(inner: String) throws {
    let folder = try TemporaryFolder()
    for file in Fixtures.cifar10Files { try folder.write(file.bytes, as: inner + file.name) }
    check(try CIFAR10.read(Directory(folder.path).folder(FilePath(inner)), recordsPerFile: 1))
  }

  @Test("are read from an archive, plain or gzipped, in any order", arguments: [false, true])
  func archive(compressed: Bool) throws {
    let archive = Fixtures.cifar10Archive
    let stream = try ByteStream(compressed ? Fixtures.gzip(archive) : archive, path: "archive")
    check(try CIFAR10.read(archive: stream, recordsPerFile: 1))
    let backwards = Fixtures.cifar10Files.reversed().flatMap { Fixtures.tarEntry($0.name, $0.bytes) }
    check(
      try CIFAR10.read(
        archive: ByteStream(backwards + Fixtures.tarEnd, path: "archive"), recordsPerFile: 1))
  }

  @Test("have the standard class names where there is no list")
  func standardNames() throws {
    let folder = try TemporaryFolder()
    for file in Fixtures.cifar10Files.dropLast() { try folder.write(file.bytes, as: file.name) }
    let data = try CIFAR10.read(Directory(folder.path), recordsPerFile: 1)
    #expect(data.classNames[9] == "truck")
  }

  @Test("that are missing are named")
  func missing() throws {
    let folder = try TemporaryFolder()
    for file in Fixtures.cifar10Files where !["data_batch_2.bin", "test_batch.bin"].contains(file.name) {
      try folder.write(file.bytes, as: file.name)
    }
    let error = #expect(throws: DatasetError.self) {
      try CIFAR10.read(Directory(folder.path), recordsPerFile: 1)
    }
    #expect(error?.category == .missing)
    #expect(error?.message == "the CIFAR-10 files data_batch_2.bin, test_batch.bin are not in it")
  }

  @Test("cut short at any byte are refused")
  func truncatedFile() throws {
    let file = Fixtures.cifar10([7])
    var files = CIFAR10(path: "folder", recordsPerFile: 1)
    for length in file.indices {
      #expect(throws: DatasetError.self, "cut at \(length)") {
        try files.add("test_batch.bin", from: ByteStream(Array(file.prefix(length)), path: "cut"))
      }
    }
    try files.add("test_batch.bin", from: ByteStream(file, path: "whole"))
  }

  @Test("in an archive that is cut short at any byte are refused", arguments: [false, true])
  func truncatedArchive(compressed: Bool) {
    let archive = compressed ? Fixtures.gzip(Fixtures.cifar10Archive) : Fixtures.cifar10Archive
    for length in archive.indices {
      #expect(throws: DatasetError.self, "cut at \(length)") {
        try CIFAR10.read(
          archive: ByteStream(Array(archive.prefix(length)), path: "cut"), recordsPerFile: 1)
      }
    }
  }

  @Test("with a label of 10 or more are refused")
  func labelRange() throws {
    var files = CIFAR10(path: "folder", recordsPerFile: 2)
    let error = #expect(throws: DatasetError.self) {
      try files.add("data_batch_1.bin", from: ByteStream(Fixtures.cifar10([9, 10]), path: "file"))
    }
    #expect(error?.description == "file: image 1 has the label 10, but there are 10 classes (from 0)")
  }

  @Test("that are an archive's, but not whole, are refused: twice there, too large, without an end, endless")
  func hostileArchive() {
    let good = Fixtures.cifar10Files.flatMap { Fixtures.tarEntry($0.name, $0.bytes) }
    let twice = Fixtures.tarEntry("a/test_batch.bin", Fixtures.cifar10([1]))
    let large = Fixtures.tarEntry("test_batch.bin", claiming: 0o77_777_777_777, [])
    let ignoredLarge = Fixtures.tarEntry("readme", claiming: 0o77_777_777_777, [])
    let end = Fixtures.tarEnd
    let archives = [
      good + twice + end, large + end, ignoredLarge + good + end, good, good + end + [1],
      good + [UInt8](repeating: 0, count: 3_000_000),
    ]
    for (index, archive) in archives.enumerated() {
      #expect(throws: DatasetError.self, "archive \(index)") {
        try CIFAR10.read(archive: ByteStream(archive, path: "archive"), recordsPerFile: 1)
      }
      #expect(throws: DatasetError.self, "gzipped archive \(index)") {
        try CIFAR10.read(archive: ByteStream(Fixtures.gzip(archive), path: "archive"), recordsPerFile: 1)
      }
    }
  }

  @Test(
    "in an archive are known by their names alone: no path leads anywhere",
    arguments: ["/", "../", "../../../../tmp/", "/etc/", "a/../../b/", "./"])
  func escapingArchive(prefix: String) throws {
    let folder = try TemporaryFolder()
    try folder.write([1, 2, 3], as: "outside")
    let files = Fixtures.cifar10Files.flatMap { Fixtures.tarEntry(prefix + $0.name, $0.bytes) }
    // Links and devices of the same names, which have no content, are skipped.
    let strangers = ["1", "2", "3", "4", "6"].flatMap {
      Fixtures.tarEntry(prefix + CIFAR10.testFile, kind: Character($0), claiming: 3073, [])
    }
    try folder.write(strangers + files + Fixtures.tarEnd, as: "inner/\(CIFAR10.archiveName)")
    let before = try folder.contents()
    let read = try CIFAR10.read(
      archive: ByteStream(path: folder.path(of: "inner/\(CIFAR10.archiveName)")), recordsPerFile: 1)
    #expect(read.training.labels == [0, 1, 2, 3, 4])
    #expect(try folder.contents() == before)
  }

  @Test("in an archive with one bit of a header turned are refused")
  func damagedHeader() {
    // Every byte of the header except the two that end the digits of the checksum, where several values are
    // allowed.
    for position in 0..<512 where !(154...155).contains(position) {
      var archive = Fixtures.cifar10Archive
      archive[position] ^= 1
      #expect(throws: DatasetError.self, "byte \(position)") {
        try CIFAR10.read(archive: ByteStream(archive, path: "archive"), recordsPerFile: 1)
      }
    }
  }

  @Test(
    "with a list of names that is no such list are refused",
    arguments: ["", "one\n", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\n"])
  func names(text: String) {
    var files = CIFAR10(path: "folder", recordsPerFile: 1)
    #expect(throws: DatasetError.self) {
      try files.add(CIFAR10.namesFile, from: ByteStream(Array(text.utf8), path: "names"))
    }
  }
}
