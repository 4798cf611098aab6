public import Tensors
import Wording

/// Examples of files that hold arrays: NumPy's `.npy` and `.npz`, safetensors, and IDX.
///
///     let houses = try ArrayFile("houses.npz")                              // each array of the archive is a field
///     let digits = try ArrayFile(["x": "images.idx3", "y": "labels.npy"])   // one array of each file
///
/// An array has a row for each example, along its first axis. Which format a file is of shows in its first bytes.
///
/// | numbers in the file | become |
/// |---|---|
/// | uint8, int32, float32, true and false (bool) | what they are |
/// | int8, int16, uint16, uint32, int64, uint64 | int32, if all of them fit; else they are refused |
/// | float16, bfloat16 | float32, exactly |
/// | float64 | float32, the nearest; or what they are |
///
/// Of a file that is not packed and has more than 17 MB, arrays that need no conversion stay in the file: rows are
/// read when they are asked for, so that it may be larger than memory. It must not be changed meanwhile.
public struct ArrayFile: DataSource {
  private let examples: ArraySource

  /// The arrays of a file.
  ///
  /// That of a `.npy` or IDX file is called as the file without what follows the first dot.
  ///
  /// - Parameters:
  ///   - names: which arrays to take, in this order; nil for all.
  ///   - keepsFloat64: false to read float64 as float32.
  /// - Throws: `DatasetError`: `.missing` when there is no such file, `.unusable` when it is damaged, of no such
  ///   format, or holds what is not read: texts, records, complex numbers, whole numbers that are too large, arrays
  ///   with different numbers of rows.
  public init(
    _ path: String, fields names: [String]? = nil, keepingFloat64 keepsFloat64: Bool = false
  ) throws(DatasetError) {
    try self.init(
      ArrayContents(path).arrays(names), path: path, keepingFloat64: keepsFloat64)
  }

  /// The arrays of files that hold one each, by the names that they get.
  ///
  /// - Throws: as above; `.unusable` for a file with several arrays.
  public init(
    _ files: KeyValuePairs<String, String>, keepingFloat64 keepsFloat64: Bool = false
  ) throws(DatasetError) {
    var arrays: [ArrayContents.Named] = []
    for (name, path) in files {
      let own = try ArrayContents(path).arrays(nil)
      guard own.count == 1 else {
        throw DatasetError(
          .unusable, path: path,
          "\(own.count) arrays are in it (\(own.map { "'\($0.name)'" }.joined(separator: ", "))), where one is expected"
        )
      }
      arrays.append(ArrayContents.Named(name: name, array: own[0].array, path: own[0].path))
    }
    try self.init(arrays, path: files.first?.value ?? "", keepingFloat64: keepsFloat64)
  }

  /// The same as of a file, of its bytes.
  ///
  /// - Parameter path: what errors call it.
  package init(bytes: [UInt8], path: String, keepingFloat64 keepsFloat64: Bool = false) throws(DatasetError) {
    try self.init(
      ArrayContents(bytes: bytes, path: path).arrays(nil), path: path, keepingFloat64: keepsFloat64)
  }

  private init(
    _ arrays: [ArrayContents.Named], path: String, keepingFloat64 keepsFloat64: Bool
  ) throws(DatasetError) {
    guard let first = arrays.first else {
      throw DatasetError(.unusable, path: path, "there is no array in it")
    }
    var columns: [(field: DataField, bytes: Bytes)] = []
    for (name, array, path) in arrays.map({ ($0.name, $0.array, $0.path) }) {
      guard let rows = array.shape.first else {
        throw DatasetError(
          .unusable, path: path, "the array '\(name)' is one number, and no row of it for each example")
      }
      guard array.shape.allSatisfy({ $0 > 0 }) else {
        throw DatasetError(
          .unusable, path: path, "the array '\(name)' is \(array.shape): there is nothing in it")
      }
      guard rows == first.array.shape[0] else {
        throw DatasetError(
          .unusable, path: path,
          "the array '\(name)' has \(rows.grouped) rows, \(array.shape), where '\(first.name)' has "
            + "\(first.array.shape[0].grouped), \(first.array.shape)")
      }
      let (dtype, bytes) = try array.converted(keepingFloat64: keepsFloat64, path: path)
      columns.append((DataField(name, Shape(Array(array.shape.dropFirst())), dtype: dtype), bytes))
    }
    examples = ArraySource(count: first.array.shape[0], columns)
  }

  public var count: Int { examples.count }
  public var fields: [DataField] { examples.fields }
  public var checksum: UInt32 { examples.checksum }

  public func read(_ rows: [Int], into targets: [UnsafeMutableRawBufferPointer]) {
    examples.read(rows, into: targets)
  }

  public func bytes(ofField index: Int) -> Bytes? { examples.bytes(ofField: index) }
}
