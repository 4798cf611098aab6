import Datasets
import Tensors
import Testing

@Suite("Examples of named fields")
struct FieldTests {
  private func source() throws -> ArraySource {
    try ArraySource([
      "x": TensorValues((0..<12).map(Float.init), shape: [4, 3]),
      "y": TensorValues([10, 11, 12, 13] as [Int32], shape: [4]),
    ])
  }

  @Test("are read row by row, in any order, and one of them several times")
  func rows() throws {
    let source = try source()
    #expect(source.count == 4 && source.byteCountEach == 16 && source.isInMemory)
    #expect(source.fields == [DataField("x", [3]), DataField("y", [], dtype: .int32)])
    let values = try source.values(ofRows: [3, 0, 3])
    #expect(values["x"]?.doubles == [9, 10, 11, 0, 1, 2, 9, 10, 11])
    #expect(values["x"]?.shape == [3, 3])
    #expect(values["y"]?.doubles == [13, 10, 13])
  }

  @Test("are a part of others, in an order of its own")
  func subset() throws {
    let source = try source()
    let subset = DataSubset([2, 0], of: source)
    #expect(subset.fields == source.fields && subset.count == 2)
    #expect(try subset.values(ofRows: [1, 0])["y"]?.doubles == [10, 12])
    #expect(try subset.allValues(ofField: 0).doubles == [6, 7, 8, 0, 1, 2])
    let (first, last) = source.split(last: 1)
    #expect(try first.allValues(ofField: 1).doubles == [10, 11, 12])
    #expect(try last.allValues(ofField: 1).doubles == [13])
    #expect(source.prefix(2).count == 2 && source.prefix(9).count == 4)
    let shuffled = try (0..<3).map { try source.shuffled(seed: $0).allValues(ofField: 1).doubles }
    #expect(shuffled.allSatisfy { $0.sorted() == [10, 11, 12, 13] } && Set(shuffled).count > 1)
    #expect(try source.shuffled(seed: 1).allValues(ofField: 1).doubles == shuffled[1])
    // The checksums are distinct.
    #expect(Set([source.checksum, subset.checksum, first.checksum, last.checksum]).count == 4)
  }

  @Test("may be computed when they are asked for")
  func computed() throws {
    let squares = ComputedSource(count: 1000, [DataField("n", []), DataField("square", [])]) {
      rows, targets in
      for (index, row) in rows.enumerated() {
        targets[0].storeBytes(of: Float(row), toByteOffset: 4 * index, as: Float.self)
        targets[1].storeBytes(of: Float(row * row), toByteOffset: 4 * index, as: Float.self)
      }
    }
    #expect(!squares.isInMemory && squares.bytes(ofField: 0) == nil)
    #expect(try squares.values(ofRows: [7, 30])["square"]?.doubles == [49, 900])
    #expect(try squares.allValues(ofField: 1).doubles[999] == 998_001)
    #expect(try DataSubset([5], of: squares).allValues(ofField: 1).doubles == [25])
  }

  @Test("are images with labels, too")
  func images() throws {
    let images = try LabeledImages(
      pixels: [1, 2, 3, 4, 5, 6], labels: [7, 300, 9], shape: ImageShape(channels: 1, height: 1, width: 2))
    let values = try images.values(ofRows: [2, 1])
    #expect(values["images"]?.doubles == [5, 6, 3, 4] && values["images"]?.shape == [2, 1, 1, 2])
    #expect(values["labels"]?.doubles == [9, 300])
    #expect(images.bytes(ofField: 0) == images.pixels)
  }

  @Test("have to have as many rows each")
  func refusals() {
    func message(_ fields: KeyValuePairs<String, TensorValues>) -> String {
      do {
        _ = try ArraySource(fields)
        return ""
      } catch { return error.message }
    }
    let three = TensorValues([1, 2, 3] as [Float], shape: [3])
    #expect(
      message(["x": three, "y": TensorValues([1, 2] as [Float], shape: [2])])
        == "the field 'y' has 2 rows, [2], where 'x' has 3, [3]")
    #expect(message([:]) == "examples without fields cannot be learned from")
    #expect(
      message(["x": TensorValues([1] as [Float], shape: [])])
        == "the field 'x' is one number, and no row of it for each example")
  }
}
