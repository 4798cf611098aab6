import FileWriting
import Glibc
import TestSupport
import Testing

@testable import Datasets

@Suite("Zip archives")
struct ZipTests {
  private static let pictures = (0..<40).map { level in
    ZipFile("pets/\(level < 20 ? "cat" : "dog")/\(level).png", tile(UInt8(level)), isDeflated: level % 2 == 0)
  }

  @Test("of folders of pictures are read as those folders are", arguments: [false, true])
  func folders(isWide: Bool) throws {
    let folder = try TemporaryFolder()
    for file in Self.pictures { try folder.write(file.bytes, as: String(decoding: file.name, as: UTF8.self)) }
    let archive = try TemporaryFolder()
    let extra = [
      ZipFile("pets/", []), ZipFile("__MACOSX/pets/cat/._0.png", [1]),
      ZipFile("pets/notes.txt", Array("hi".utf8), isDeflated: true),
    ]
    let path = try archive.write(zip(Self.pictures + extra, isWide: isWide), as: "pets.zip")
    let data = try Dataset.load(path, imageSize: 2, threads: 3)
    let wanted = try Dataset.load(folder.path, imageSize: 2)
    #expect(data.training == wanted.training && data.test == wanted.test)
    #expect(data.classNames == ["cat", "dog"])
    #expect(
      data.notes.contains { $0.contains("pets/notes.txt") } && data.notes.contains { $0.contains("__MACOSX") }
    )
    #expect(try Dataset.isImageFolder(path))
    #expect(try EvaluationSet.load(path, imageSize: 1).images.count == 40)
    #expect(try archive.names() == ["pets.zip"])
  }

  @Test("of IDX files and CIFAR's are read as their folders are")
  func formats() throws {
    let folder = try TemporaryFolder()
    let files = [
      ZipFile("x/train-images-idx3-ubyte.gz", Fixtures.gzip(Fixtures.idxImages(count: 4))),
      ZipFile("x/train-labels-idx1-ubyte", Fixtures.idxLabels([0, 1, 2, 0]), isDeflated: true),
      ZipFile("x/t10k-images-idx3-ubyte", Fixtures.idxImages(count: 2), isDeflated: true),
      ZipFile("x/t10k-labels-idx1-ubyte", Fixtures.idxLabels([1, 2])),
    ]
    let data = try Dataset.load(folder.write(zip(files), as: "digits.zip"))
    #expect(data.training.labels == [0, 1, 2, 0] && data.test.labels == [1, 2])
    #expect(data.classNames == ["0", "1", "2"])
    let inner = zip([
      ZipFile("images.npy", npy(shape: [3, 2, 2], [UInt8](0..<12))),
      ZipFile("labels.npy", npy(shape: [3], [0, 1, 0])),
    ])
    let set = try Dataset.load(folder.write(zip([ZipFile("data.npz", inner)]), as: "arrays.zip"))
    #expect(set.training.count + set.test.count == 3)
  }

  @Test("that hold themselves end")
  func nesting() throws {
    var bytes = zip([ZipFile("labels.txt", [1])])
    for _ in 0..<6 { bytes = zip([ZipFile("more.npz", bytes)]) }
    let folder = try TemporaryFolder()
    let path = try folder.write(bytes, as: "a.zip")
    let error = #expect(throws: DatasetError.self) { try Dataset.load(path) }
    #expect(error?.message.contains("within an archive") == true)
  }

  @Test("that are cut off or damaged are refused in a sentence")
  func damage() throws {
    let bytes = zip([
      ZipFile("a", Array("some text".utf8)),
      ZipFile("b", [UInt8](repeating: 7, count: 5000), isDeflated: true),
    ])
    let whole = try ZipArchive(bytes, path: "a.zip")
    #expect(whole.entries.map { "\($0.name)" } == ["a", "b"])
    #expect(try whole.bytes(of: whole.entries[1], upTo: .max) == [UInt8](repeating: 7, count: 5000))
    #expect(try whole.head(of: whole.entries[1], count: 512) == [UInt8](repeating: 7, count: 512))
    #expect(throws: DatasetError.self) { try whole.bytes(of: whole.entries[1], upTo: 4999) }
    for length in 0..<bytes.count {
      #expect(throws: DatasetError.self) { try ZipArchive(Array(bytes.prefix(length)), path: "a.zip") }
    }
    var random = SplitMix64(seed: 2)
    var refused = 0
    for _ in 0..<2000 {
      do {
        let archive = try ZipArchive(random.mutation(of: bytes), path: "a.zip")
        for entry in archive.entries { _ = try archive.bytes(of: entry, upTo: 1 << 20) }
      } catch { refused += 1 }
    }
    #expect((1..<2000).contains(refused))
  }

  @Test("that claim more than their bytes can hold are refused before memory is taken for it")
  func bombs() throws {
    let packed = ZipFile("a", [UInt8](repeating: 0, count: 100_000), isDeflated: true)
    var bytes = zip([packed])
    // The uncompressed size in the central directory, at offset 24 of its entry.
    let directory = try #require(bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
    bytes.replaceSubrange(directory + 24..<directory + 28, with: [0xF0, 0xFF, 0xFF, 0xFF])
    let archive = try ZipArchive(bytes, path: "a.zip")
    let error = #expect(throws: DatasetError.self) { try archive.bytes(of: archive.entries[0], upTo: .max) }
    #expect(error?.message.contains("cannot unpack to") == true)
    // Two entries with overlapping data.
    let single = zip([packed])
    let start = try #require(single.indices.first { single[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
    let end = single.count - 22
    let entry = single[start..<end]
    var tail = Array(single[end...])
    let many = 40
    tail.replaceSubrange(12..<16, with: littleEndian([entry.count * many], size: 4))
    let bomb = single[..<start] + (0..<many).flatMap { _ in entry } + tail
    var overlap = Array(bomb)
    // In total longer than the archive.
    for copy in 0..<many {
      overlap.replaceSubrange(
        start + copy * entry.count + 20..<start + copy * entry.count + 24,
        with: littleEndian([start], size: 4))
    }
    #expect(throws: DatasetError.self) { try ZipArchive(overlap, path: "a.zip") }
  }

  @Test("with files that are encrypted or packed in other ways are refused by the file")
  func otherMethods() throws {
    var bytes = zip([ZipFile("a.txt", [1, 2, 3])])
    let directory = try #require(bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
    bytes[directory + 8] |= 1
    let encrypted = try ZipArchive(bytes, path: "x.zip")
    let error = #expect(throws: DatasetError.self) { try encrypted.bytes(of: encrypted.entries[0], upTo: 10) }
    #expect(error == DatasetError(.unusable, path: "x.zip(a.txt)", "it is encrypted"))
    bytes[directory + 8] &= 0xFE
    bytes[directory + 10] = 93
    let zstd = try ZipArchive(bytes, path: "x.zip")
    let other = #expect(throws: DatasetError.self) { try zstd.bytes(of: zstd.entries[0], upTo: 10) }
    #expect(other?.message.contains("method 93") == true)
  }
}
