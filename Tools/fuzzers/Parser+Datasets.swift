import CZlib
import Datasets
import FileWriting
import Tensors

extension Parser {
  static let datasets = [
    Parser(
      name: "idx", about: "IDX files of images, or of labels",
      seeds: {
        [idxImages(count: 2, height: 2, width: 3), idxImages(count: 1, height: 1, width: 1), idxLabels(2)]
      }, read: readIDX),
    Parser(
      name: "gzip", about: "IDX files in gzip",
      seeds: { [gzip(idxImages(count: 2, height: 2, width: 3)), gzip(idxLabels(2)) + gzip([])] },
      read: readIDX),
    Parser(
      name: "cifar10", about: "CIFAR-10 files, a byte for which, then their content", longest: 3100,
      seeds: {
        [
          [0] + cifarRecord(3), [5] + cifarRecord(9), [6] + classNames,
        ]
      },
      read: { bytes in
        let names = (1...5).map { "data_batch_\($0).bin" } + ["test_batch.bin", "batches.meta.txt"]
        guard let which = bytes.first.map(Int.init), which < names.count else { return }
        var files = names.map { (name: $0, bytes: cifarRecord(1)) }
        files[6].bytes = classNames
        files[which].bytes = Array(bytes.dropFirst())
        let set = try Dataset.cifar10(files: files, recordsPerFile: 1, path: "input")
        demand(set.training.count == 5 && set.test.count == 1, "a set of CIFAR-10 with \(set.training.count)")
      }),
    Parser(
      name: "cifar100", about: "CIFAR-100 files of one record, the training part", longest: 3100,
      seeds: { [[3, 77] + [UInt8](repeating: 7, count: 3072)] },
      read: { bytes in
        let record = [1, 2] + [UInt8](repeating: 9, count: 3072)
        let set = try Dataset.cifar100(files: ["train.bin": bytes, "test.bin": record], path: "input")
        demand(set.training.count == bytes.count / 3074, "\(set.training.count) images of CIFAR-100")
      }),
    Parser(
      name: "pickle", about: "pickles of CIFAR for Python", longest: 8192,
      words: ["numpy", "_reconstruct", "multiarray", "dtype", "ndarray", "_codecs", "encode"],
      seeds: { Pickled.Writer.allCases.map { pickledBatch.file($0) } },
      read: { bytes in
        let meta = Pickled.dictionary([(.text("label_names"), .list([.text("a"), .text("b")]))]).file(
          .protocol4)
        let good = pickledBatch.file(.protocol4)
        var files = ["batches.meta": meta, "test_batch": good]
        for number in 1...5 { files["data_batch_\(number)"] = number == 3 ? bytes : good }
        let set = try Dataset.cifarPython(files: files, path: "input")
        demand(set.training.count >= 4, "\(set.training.count) images of CIFAR for Python")
      }),
    Parser(
      name: "table", about: "comma-separated values", longest: 4096,
      words: ["NA", "2024-01-31", "1e-3", "\r\n"],
      seeds: {
        ["a,b\n1,x\n2,y\n", "\u{FEFF}a;\"b\"\r\n1;\"x\"\"y\"\r\n", "a\tb|c\r2\t3\r"].map { Array($0.utf8) }
      },
      read: { bytes in
        let table = try DataTable(bytes: bytes, path: "input")
        demand(
          table.rowCount > 0 && table.rowCount <= bytes.count && table.columns.count <= bytes.count,
          "\(table.rowCount) rows of \(bytes.count) bytes")
        _ = table.description
        for column in table.columns {
          guard let source = try? TableSource(table, target: [column.name]) else { continue }
          demand(source.count == table.rowCount, "\(source.count) examples of \(table.rowCount) rows")
        }
      }),
    Parser(
      name: "zip", about: "zip archives, with all their files read",
      words: ["PK\u{1}\u{2}", "PK\u{3}\u{4}", "PK\u{5}\u{6}"],
      seeds: {
        [false, true].map { isWide in
          zip(
            [
              ZipFile("a/b.txt", Array("some text".utf8)),
              ZipFile("c", [UInt8](repeating: 7, count: 300), isDeflated: true),
            ], isWide: isWide)
        }
      },
      read: { bytes in
        let files = try Dataset.files(inZip: bytes, path: "input")
        // At most the maximum compression ratio of deflate.
        demand(
          files.reduce(0) { $0 + $1.count } <= 1032 * (bytes.count + files.count),
          "files too large for their archive")
      }),
    Parser(
      name: "npz", about: "numpy's arrays in a zip archive",
      words: ["descr", "fortran_order", "shape", "|u1", "<i8"],
      seeds: {
        [
          zip([
            ZipFile("images.npy", npy(shape: [4, 2, 2], [UInt8](0..<16))),
            ZipFile(
              "labels.npy", npy(type: "<i2", shape: [4, 1], littleEndian([0, 1, 0, 1], size: 2)),
              isDeflated: true),
          ])
        ]
      },
      repair: withZipChecksums,
      read: { bytes in
        let set = try Dataset.arrays(inZip: bytes, path: "input")
        demand(set.training.count + set.test.count > 0, "an empty set")
      }),
    Parser(
      name: "npy", about: "numpy's arrays", words: ["descr", "fortran_order", "shape", "|u1", ">i8", "True"],
      seeds: {
        [
          npy(shape: [2, 2, 3, 3], [UInt8](repeating: 1, count: 36)),
          npy(shape: [2, 2, 2], isFortran: true, version: 2, [UInt8](0..<8)),
          npy(type: ">i4", shape: [3], littleEndian([1, 2, 3], size: 4)),
        ]
      }, read: { bytes in try Dataset.checkArray(bytes, path: "input") }),
    Parser(
      name: "arrays", about: "named fields of .npy, .npz, safetensors and IDX files",
      words: [
        "descr", "fortran_order", "shape", "<f8", ">i8", "|b1", "dtype", "data_offsets", "I64", "BF16",
      ],
      seeds: {
        [
          npy(type: "<f4", shape: [2, 2], isFortran: true, version: 3, [UInt8](repeating: 63, count: 16)),
          zip([
            ZipFile("x.npy", npy(type: "<f2", shape: [2, 1], [0, 60, 0, 64])),
            ZipFile(
              "y.npy", npy(type: ">i8", shape: [2], [UInt8](repeating: 0, count: 16)), isDeflated: true),
          ]),
          [0, 0, 0x0B, 2, 0, 0, 0, 1, 0, 0, 0, 2, 255, 1, 2, 3],
          littleEndian([54], size: 8) + Array(#"{"x":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#.utf8)
            + [1, 0, 0, 0, 0, 0, 0, 0],
        ]
      },
      repair: withZipChecksums,
      read: { bytes in
        let source = try ArrayFile(bytes: bytes, path: "input")
        demand(source.count > 0 && source.isInMemory, "\(source.count) rows")
        let first = try source.values(ofRows: [source.count - 1])
        for field in source.fields {
          demand(first[field.name]?.bytes.count == field.byteCount, "a row of '\(field.name)'")
        }
      }),
    Parser(
      name: "tar", about: "tar archives of CIFAR-10", longest: 40_000,
      seeds: { [cifarArchive] }, repair: withTarChecksums, read: readArchive),
    Parser(
      name: "tar-gzip", about: "tar archives of CIFAR-10 in gzip", longest: 8192,
      seeds: { [gzip(cifarArchive)] }, read: readArchive),
  ]

  private static func readIDX(_ bytes: [UInt8]) throws {
    // The bytes are either the images or the labels; the other file is valid.
    if bytes.starts(with: idxLabels(2).prefix(4)) {
      _ = try Dataset.idx(
        images: idxImages(count: 2, height: 1, width: 1), labels: bytes, classes: 10, path: "input")
    } else {
      var refusals: [any Error] = []
      for count in 1...2 {
        do {
          let images = try Dataset.idx(images: bytes, labels: idxLabels(count), classes: 10, path: "input")
          demand(images.count == count, "\(images.count) images for \(count) labels")
        } catch {
          refusals.append(error)
        }
      }
      if refusals.count == 2 {
        _ = try Dataset.idx(
          images: idxImages(count: 2, height: 1, width: 1), labels: bytes, classes: 10, path: "input")
      }
    }
  }

  private static func readArchive(_ bytes: [UInt8]) throws {
    let set = try Dataset.cifar10(archive: bytes, recordsPerFile: 1, path: "input")
    demand(set.training.count == 5 && set.test.count == 1, "a set of CIFAR-10 with \(set.training.count)")
  }
}

// MARK: Seeds

// Computed properties, because the leak checker does not see through constants of nested enum cases.
private var pickledBatch: Pickled {
  Pickled.dictionary([
    (.text("labels"), .list([.integer(0)])),
    (.text("data"), .array(shape: [1, 3072], [UInt8](repeating: 5, count: 3072))),
  ])
}

/// Corrects the checksums of stored (uncompressed) entries.
private func withZipChecksums(_ bytes: [UInt8]) -> [UInt8] {
  func number(_ at: Int, _ count: Int) -> Int {
    bytes[at..<at + count].reversed().reduce(0) { $0 << 8 | Int($1) }
  }
  var repaired = bytes
  var at = 0
  while at + 46 <= bytes.count {
    defer { at += 1 }
    guard bytes[at..<at + 4].elementsEqual([0x50, 0x4B, 1, 2]), number(at + 10, 2) == 0 else { continue }
    let (size, local) = (number(at + 20, 4), number(at + 42, 4))
    guard local + 30 <= bytes.count else { continue }
    let start = local + 30 + number(local + 26, 2) + number(local + 28, 2)
    guard start <= bytes.count, size <= bytes.count - start else { continue }
    let content = Array(bytes[start..<start + size])
    repaired.replaceSubrange(
      at + 16..<at + 20, with: littleEndian([Int(crc32(0, content, UInt32(size)))], size: 4))
  }
  return repaired
}

private func idx(magic: UInt8, _ sizes: [Int], _ values: [UInt8]) -> [UInt8] {
  [0, 0, 8, magic] + sizes.flatMap { size in [24, 16, 8, 0].map { UInt8(size >> $0 & 0xFF) } } + values
}

private func idxImages(count: Int, height: Int, width: Int) -> [UInt8] {
  idx(magic: 3, [count, height, width], (0..<count * height * width).map { UInt8($0 % 256) })
}

private func idxLabels(_ count: Int) -> [UInt8] {
  idx(magic: 1, [count], [UInt8](repeating: 3, count: count))
}

private func cifarRecord(_ label: UInt8) -> [UInt8] { [label] + [UInt8](repeating: 7, count: 3072) }

private let classNames = Array((0..<10).map { "class\($0)\n" }.joined().utf8)

/// With entries that a reader must skip: a folder, a link to outside, another file.
private let cifarArchive: [UInt8] = {
  let folder = "cifar-10-batches-bin/"
  let names = (1...5).map { "data_batch_\($0).bin" } + ["test_batch.bin"]
  return tarEntry(folder, kind: "5", []) + tarEntry("../up", kind: "2", [])
    + tarEntry(folder + "batches.meta.txt", classNames) + tarEntry("readme.html", Array("another file".utf8))
    + names.flatMap { tarEntry(folder + $0, cifarRecord(1)) } + [UInt8](repeating: 0, count: 1024)
}()

private func tarEntry(_ name: String, kind: Character = "0", _ bytes: [UInt8]) -> [UInt8] {
  var header = [UInt8](repeating: 0, count: 512)
  func put(_ text: String, at offset: Int) {
    for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
  }
  put(name, at: 0)
  put("0000644", at: 100)
  put(octal(bytes.count, digits: 11), at: 124)
  put(String(kind), at: 156)
  put("ustar\u{0}00", at: 257)
  return withTarChecksums(header) + bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
}

private func octal(_ number: Int, digits: Int) -> String {
  let text = String(number, radix: 8)
  return String(repeating: "0", count: max(0, digits - text.count)) + text
}

/// Corrects the checksums of all blocks that look like headers.
private func withTarChecksums(_ bytes: [UInt8]) -> [UInt8] {
  var bytes = bytes
  for start in stride(from: 0, to: bytes.count - 511, by: 512)
  where bytes[start + 257..<start + 262].elementsEqual("ustar".utf8) {
    let field = start + 148..<start + 156
    for index in field { bytes[index] = 0x20 }
    let sum = bytes[start..<start + 512].reduce(0) { $0 + Int($1) }
    bytes.replaceSubrange(field, with: Array(octal(sum, digits: 6).utf8) + [0, 0x20])
  }
  return bytes
}

private func gzip(_ bytes: [UInt8]) -> [UInt8] {
  var stream = z_stream()
  var output = [UInt8](repeating: 0, count: bytes.count + bytes.count / 100 + 100)
  // 15: the largest window; + 16: gzip's header and trailer.
  deflateInit2_(
    &stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
    CInt(MemoryLayout<z_stream>.size))
  defer { deflateEnd(&stream) }
  var input = bytes
  let room = output.count
  input.withUnsafeMutableBufferPointer { input in
    output.withUnsafeMutableBufferPointer { output in
      (stream.next_in, stream.avail_in) = (input.baseAddress, UInt32(input.count))
      (stream.next_out, stream.avail_out) = (output.baseAddress, UInt32(room))
      demand(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib does not pack")
    }
  }
  return Array(output.prefix(room - Int(stream.avail_out)))
}
