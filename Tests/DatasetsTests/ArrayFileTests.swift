import Checkpoints
import FileWriting
import Tensors
import TestSupport
import Testing

@testable import Datasets

@Suite("Files of arrays")
struct ArrayFileTests {
  private func refusal(_ bytes: [UInt8]) -> String {
    refusal { () throws(DatasetError) in try ArrayFile(bytes: bytes, path: "a") }
  }

  private func refusal(_ read: () throws(DatasetError) -> ArrayFile) -> String {
    do throws(DatasetError) {
      _ = try read()
      return ""
    } catch { return error.description }
  }

  private static func real(_ numbers: [Double], _ size: Int) -> [UInt8] {
    numbers.flatMap { number -> [UInt8] in
      let bits: UInt64 =
        switch size {
        case 2: UInt64(Float16(number).bitPattern)
        case 4: UInt64(Float(number).bitPattern)
        default: number.bitPattern
        }
      return (0..<size).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt64($0))) }
    }
  }

  /// With the bytes of each number the other way round.
  private static func swapped(_ bytes: [UInt8], _ size: Int) -> [UInt8] {
    var swapped: [UInt8] = []
    for first in stride(from: 0, to: bytes.count, by: size) {
      swapped += bytes[first..<first + size].reversed()
    }
    return swapped
  }

  /// Six numbers of a type, their bytes with the lowest first, and what they are read as.
  private static let types: [(type: String, bytes: [UInt8], numbers: [Double], dtype: DType)] = [
    ("u1", [0, 1, 2, 128, 254, 255], [0, 1, 2, 128, 254, 255], .uint8),
    ("b1", [0, 1, 1, 0, 0, 1], [0, 1, 1, 0, 0, 1], .bool),
    ("i1", littleEndian([-128, -1, 0, 1, 2, 127], size: 1), [-128, -1, 0, 1, 2, 127], .int32),
    ("u2", littleEndian([0, 1, 2, 3, 4, 65535], size: 2), [0, 1, 2, 3, 4, 65535], .int32),
    ("i2", littleEndian([-32768, -1, 0, 1, 2, 32767], size: 2), [-32768, -1, 0, 1, 2, 32767], .int32),
    (
      "i4", littleEndian([-2_147_483_648, -1, 0, 1, 2, 2_147_483_647], size: 4),
      [-2_147_483_648, -1, 0, 1, 2, 2_147_483_647], .int32
    ),
    ("u4", littleEndian([0, 1, 2, 3, 4, 2_147_483_647], size: 4), [0, 1, 2, 3, 4, 2_147_483_647], .int32),
    (
      "i8", littleEndian([-2_147_483_648, -1, 0, 1, 2, 2_147_483_647], size: 8),
      [-2_147_483_648, -1, 0, 1, 2, 2_147_483_647], .int32
    ),
    ("u8", littleEndian([0, 1, 2, 3, 4, 5], size: 8), [0, 1, 2, 3, 4, 5], .int32),
    (
      "f2", real([-2, -0.5, 0, 1, 0.0999755859375, 65504], 2), [-2, -0.5, 0, 1, 0.0999755859375, 65504],
      .float32
    ),
    (
      "f4", real([-2, -0.5, 0, 1, 1e-40, 3e38], 4), [-2, -0.5, 0, 1, 1e-40, 3e38].map { Double(Float($0)) },
      .float32
    ),
    (
      "f8", real([-2, -0.5, 0, 1, 0.1, 3e38], 8), [-2, -0.5, 0, 1, 0.1, 3e38].map { Double(Float($0)) },
      .float32
    ),
  ]

  @Test("of numpy's are read in all types, orders and versions", arguments: types)
  func npyTypes(row: (type: String, bytes: [UInt8], numbers: [Double], dtype: DType)) throws {
    let size = row.bytes.count / 6
    let swapped = Self.swapped(row.bytes, size)
    for (order, bytes) in [("<", row.bytes), (">", swapped), ("|", row.bytes), ("=", row.bytes)] {
      for version: UInt8 in 1...3 {
        let file = npy(type: order + row.type, shape: [3, 2], version: version, bytes)
        let source = try ArrayFile(bytes: file, path: "folder/x.first.npy")
        #expect(source.count == 3 && source.fields == [DataField("x", [2], dtype: row.dtype)])
        #expect(try source.allValues(ofField: 0).doubles == row.numbers, "\(order)\(row.type)")
        #expect(try source.values(ofRows: [2, 0])["x"]?.doubles == [4, 5, 0, 1].map { row.numbers[$0] })
        // With its first index fastest, the same bytes are columns.
        let columns = try ArrayFile(
          bytes: npy(type: order + row.type, shape: [3, 2], isFortran: true, version: version, bytes),
          path: "x")
        #expect(try columns.allValues(ofField: 0).doubles == [0, 3, 1, 4, 2, 5].map { row.numbers[$0] })
      }
    }
  }

  @Test("of three axes with the first index fastest are read in the order of the last")
  func fortran() throws {
    let file = npy(shape: [2, 3, 4], isFortran: true, Array(0..<24))
    // Element [n, h, w] lies at n + 2 h + 6 w.
    var expected: [Double] = []
    for n in 0..<2 { for h in 0..<3 { for w in 0..<4 { expected.append(Double(n + 2 * h + 6 * w)) } } }
    #expect(try ArrayFile(bytes: file, path: "x").allValues(ofField: 0).doubles == expected)
  }

  @Test("keep float64 where that is asked for")
  func float64() throws {
    for (order, reversed) in [("<", false), (">", true)] {
      var bytes: [UInt8] = []
      for number in [0.1, -1e300] {
        let own = Self.real([number], 8)
        bytes += reversed ? own.reversed() : own
      }
      let source = try ArrayFile(
        bytes: npy(type: "\(order)f8", shape: [2], bytes), path: "x", keepingFloat64: true)
      #expect(source.fields == [DataField("x", [], dtype: .float64)])
      #expect(try source.allValues(ofField: 0).doubles == [0.1, -1e300])
    }
  }

  @Test("of an archive are fields by their names, all or some")
  func archive() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      zip([
        ZipFile("x.npy", npy(type: "<f4", shape: [2, 2], Self.real([1, 2, 3, 4], 4))),
        ZipFile("y.npy", npy(type: "<i8", shape: [2], littleEndian([7, -1], size: 8)), isDeflated: true),
        ZipFile("notes.txt", Array("none".utf8)),
      ]), as: "a.npz")
    #expect(refusal { () throws(DatasetError) in try ArrayFile(path) }.contains("notes.txt"))
    let source = try ArrayFile(path, fields: ["y", "x"])
    #expect(source.fields == [DataField("y", [], dtype: .int32), DataField("x", [2])])
    #expect(try source.values(ofRows: [1])["x"]?.doubles == [3, 4])
    #expect(try source.values(ofRows: [1])["y"]?.doubles == [-1])
    let error = #expect(throws: DatasetError.self) { try ArrayFile(path, fields: ["z"]) }
    #expect(error?.message == "there is no array 'z' in it, but 'x', 'y'")
    // One array each of several files.
    let labels = try folder.write(Fixtures.idxLabels([5, 6]), as: "labels.idx")
    let x = try folder.write(npy(type: "<f4", shape: [2], Self.real([1, 2], 4)), as: "x.npy")
    let joined = try ArrayFile(["inputs": x, "labels": labels])
    #expect(joined.fields == [DataField("inputs", []), DataField("labels", [], dtype: .uint8)])
    #expect(throws: DatasetError.self) { try ArrayFile(["x": path], keepingFloat64: false) }
    let missing = #expect(throws: DatasetError.self) { try ArrayFile(folder.path(of: "none.npy")) }
    #expect(missing?.category == .missing)
  }

  /// A file with a header of one's own.
  private static func safetensors(_ header: String, _ bytes: [UInt8]) -> [UInt8] {
    littleEndian([header.utf8.count], size: 8) + Array(header.utf8) + bytes
  }

  @Test("of safetensors are fields by their names, of types that checkpoints have not, too")
  func safetensors() throws {
    let checkpoint = Checkpoint(
      tensors: [
        "b": TensorValues([1, 2, 3, 4] as [Float], shape: [2, 2]),
        "a": TensorValues([9, 8] as [UInt8], shape: [2]),
      ], metadata: ["by": "a test"])
    let source = try ArrayFile(bytes: checkpoint.bytes, path: "x")
    #expect(source.fields == [DataField("a", [], dtype: .uint8), DataField("b", [2])])
    #expect(try source.values(ofRows: [1])["b"]?.doubles == [3, 4])
    let header = """
      {"n":{"dtype":"I64","shape":[2],"data_offsets":[0,16]},"h":{"dtype":"BF16","shape":[2],"data_offsets":[16,20]},\
      "t":{"dtype":"BOOL","shape":[2,1],"data_offsets":[20,22]}}
      """
    let bytes = littleEndian([-5, 1 << 30], size: 8) + [0x80, 0x3F, 0x20, 0xC0] + [0, 1]
    let other = try ArrayFile(bytes: Self.safetensors(header, bytes), path: "x")
    #expect(
      other.fields == [
        DataField("h", []), DataField("n", [], dtype: .int32), DataField("t", [1], dtype: .bool),
      ])
    #expect(try other.allValues(ofField: 0).doubles == [1, -2.5])
    #expect(try other.allValues(ofField: 1).doubles == [-5, 1_073_741_824])
    #expect(try other.allValues(ofField: 2).doubles == [0, 1])
    #expect(refusal(Self.safetensors(header, bytes + [0])).contains("truncated or damaged"))
    #expect(refusal(Self.safetensors(header.replacing("BF16", with: "F8_E5M2"), bytes)).contains("F8_E5M2"))
    #expect(
      refusal(Self.safetensors(header.replacing("[16,20]", with: "[14,20]"), bytes)).contains("damaged"))
    #expect(refusal(Self.safetensors(header.replacing("[2,1]", with: "[2,2]"), bytes)).contains("damaged"))
  }

  @Test("of IDX are read in all its types, plain or gzipped", arguments: types)
  func idx(row: (type: String, bytes: [UInt8], numbers: [Double], dtype: DType)) throws {
    let codes: [String: Int] = ["u1": 8, "i1": 9, "i2": 0xB, "i4": 0xC, "f4": 0xD, "f8": 0xE]
    guard let code = codes[row.type] else { return }
    let size = row.bytes.count / 6
    let bytes = Self.swapped(row.bytes, size)
    for shape in [[6], [3, 2], [2, 1, 3], [1, 2, 3, 1, 1]] {
      let file = Fixtures.idx(magic: code << 8 | shape.count, sizes: shape, values: bytes)
      for file in [file, Fixtures.gzip(file)] {
        let source = try ArrayFile(bytes: file, path: "x")
        #expect(source.fields == [DataField("x", Shape(Array(shape.dropFirst())), dtype: row.dtype)])
        #expect(try source.allValues(ofField: 0).doubles == row.numbers)
      }
    }
  }

  @Test("that cannot be read are refused in a sentence")
  func refusals() {
    #expect(
      refusal(npy(type: "<i8", shape: [3], littleEndian([1, 1 << 40, 2], size: 8)))
        == "a: number 1 of [3] is 1,099,511,627,776, but whole numbers are read as int32, which ends at 2,147,483,647: "
        + "make them smaller, or save them with .astype('float32')")
    #expect(refusal(npy(type: "<u8", shape: [1], [UInt8](repeating: 255, count: 8))).contains("int32"))
    for type in ["|O", "<c8", "<U5", "|S3", "<M8[ns]", "<f16", "<i3", "|V4", ">x4"] {
      #expect(refusal(npy(type: type, shape: [1], [UInt8](repeating: 0, count: 8))).contains(type))
    }
    #expect(refusal(npy(shape: [], [1])).contains("one number"))
    #expect(refusal(npy(shape: [0], [])).contains("nothing in it"))
    #expect(refusal(npy(shape: [9], [0, 1])).contains("cut short"))
    #expect(refusal(npy(shape: [1], [0, 1])).contains("more bytes follow"))
    #expect(refusal(npy(shape: [1 << 40, 1 << 40, 9], [])).contains("shape"))
    #expect(refusal(npy(shape: [1], version: 4, [0])).contains("header"))
    let rows = zip([
      ZipFile("x.npy", npy(shape: [3], [1, 2, 3])), ZipFile("y.npy", npy(shape: [2, 1], [1, 2])),
    ])
    #expect(refusal(rows) == "a(y.npy): the array 'y' has 2 rows, [2, 1], where 'x' has 3, [3]")
    #expect(refusal(zip([])).contains("no array"))
    #expect(refusal(Array("a,b\n1,2\n".utf8)).contains("where arrays are expected"))
    #expect(refusal([0, 0, 7, 1, 0, 0, 0, 1, 5]).contains("where arrays are expected"))
    #expect(refusal([]).contains("empty"))
  }

  @Test("that are large stay in the file, and are read by rows and in parts as from memory")
  func large() throws {
    let folder = try TemporaryFolder()
    let (count, width) = (70_000, 64)
    let numbers = (0..<count * width).map { Float($0 % 8191) }
    let bytes = TensorValues(numbers, shape: [count, width]).bytes
    let labels = TensorValues((0..<count).map { Int32($0 % 7) }, shape: [count]).bytes
    let array = npy(type: "<f4", shape: [count, width], bytes)
    let path = try folder.write(array, as: "x.npy")
    let archive = try folder.write(
      zip([ZipFile("x.npy", array), ZipFile("y.npy", npy(type: "<i4", shape: [count], labels))]), as: "a.npz")
    for (path, isAligned) in [(path, true), (archive, false)] {
      let source = try ArrayFile(path, fields: ["x"])
      let inMemory = try ArraySource(["x": TensorValues(numbers, shape: [count, width])])
      #expect(source.isInMemory && source.count == count && source.checksum == inMemory.checksum)
      let rows = [count - 1, 0, 12_345]
      #expect(try source.values(ofRows: rows) == inMemory.values(ofRows: rows))
      #expect(source.bytes(ofField: 0) == Bytes(bytes))
      let (first, last) = source.split(last: 5)
      #expect(try last.values(ofRows: [0, 4]) == inMemory.values(ofRows: [count - 5, count - 1]))
      // Both are where they were in the whole.
      let places = [source, first, last].map { $0.bytes(ofField: 0)?.region.baseAddress }
      #expect(places[1] == places[0] && places[2] == places[0].map { $0 + (count - 5) * width * 4 })
      #expect(!isAligned || places[0].map { Int(bitPattern: $0) % 64 } == 0)
    }
    var bytesOfArchive = zip([ZipFile("x.npy", array)])
    bytesOfArchive[9_000_000] ^= 1
    let damaged = try folder.write(bytesOfArchive, as: "b.npz")
    #expect(refusal { () throws(DatasetError) in try ArrayFile(damaged) }.contains("checksum"))
    let short = try folder.write(array.dropLast(1), as: "short.npy")
    #expect(refusal { () throws(DatasetError) in try ArrayFile(short) }.contains("cut short"))
  }

  @Test("with random damage are read or refused, and never crash")
  func mutations() {
    let files = [
      npy(type: ">f8", shape: [2, 2], isFortran: true, Self.real([1, 2, 3, 4], 8)),
      Fixtures.idx(magic: 0xB02, sizes: [2, 3], values: Array(0..<12)),
      Checkpoint(tensors: ["x": TensorValues([1, 2] as [Float], shape: [2])]).bytes,
    ]
    var random = SplitMix64(seed: 5)
    for _ in 0..<3000 {
      for file in files {
        guard let source = try? ArrayFile(bytes: random.mutation(of: file), path: "a") else { continue }
        #expect(source.count > 0 && source.byteCountEach * source.count <= 8 * file.count)
      }
    }
  }
}
