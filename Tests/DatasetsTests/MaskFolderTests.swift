import Datasets
import Pictures
import Tensors
import TestSupport
import Testing

@Suite("A folder of pictures and masks")
struct MaskFolderTests {
  private func write(
    _ levels: [UInt8], channels: Int = 1, width: Int = 16, as name: String, in folder: TemporaryFolder
  ) throws {
    let height = levels.count / channels / width
    let grey = [UInt8](repeating: 9, count: width * height)
    try folder.write(
      Picture(width: width, height: height, channels: 1, pixels: grey).png, as: "images/\(name).png")
    try folder.write(
      Picture(width: width, height: height, channels: channels, pixels: levels).png,
      as: "masks/\(name)_mask.png")
  }

  @Test("has as many classes as its masks have levels, up to 256")
  func levels() throws {
    let folder = try TemporaryFolder()
    for name in ["a", "b", "c"] { try write(Array(0...255), as: name, in: folder) }
    let all = try MaskFolder(in: folder.path, size: 16, threads: 1)
    #expect(all.classNames == (0...255).map(String.init) && all.training.count == 2 && all.test.count == 1)
    #expect(try all.test.values(ofRows: [0])["masks"]?.bytes == Array(0...255))
    #expect(
      all.training.fields == [
        DataField("images", [3, 16, 16], dtype: .uint8), DataField("masks", [16, 16], dtype: .uint8),
      ])
  }

  @Test("takes the nearest pixels of a mask, in the middle that is kept, and colours for classes")
  func nearest() throws {
    let folder = try TemporaryFolder()
    // Four columns, of which the middle two remain after cropping, in red, grey and blue.
    let row: [UInt8] = [0, 0, 0] + [255, 0, 0] + [0, 0, 255] + [7, 7, 7]
    for name in ["a", "b"] { try write(row + row, channels: 3, width: 4, as: name, in: folder) }
    let pairs = try MaskFolder(in: folder.path, size: 2, threads: 1)
    #expect(pairs.classNames == ["#0000ff", "#ff0000"])
    #expect(try pairs.test.values(ofRows: [0])["masks"]?.bytes == [1, 0, 1, 0])
    let known = try MaskFolder(in: folder.path, size: 2, classNames: ["#ff0000", "3", "#0000ff"], threads: 1)
    #expect(try known.test.values(ofRows: [0])["masks"]?.bytes == [0, 2, 0, 2])
    #expect(throws: DatasetError.self) {
      try MaskFolder(in: folder.path, size: 2, classNames: ["#ff0000"], threads: 1)
    }
    #expect(throws: DatasetError.self) { try MaskFolder(in: folder.path + "/images", size: 2, threads: 1) }
  }

  @Test("has no class for pixels that are ignored")
  func ignored() throws {
    let folder = try TemporaryFolder()
    for name in ["a", "b"] { try write([0, 7, 255, 7], width: 2, as: name, in: folder) }
    let pairs = try MaskFolder(in: folder.path, size: 2, ignoring: "255", threads: 1)
    #expect(pairs.classNames == ["0", "7"])
    #expect(try pairs.test.values(ofRows: [0])["masks"]?.bytes == [0, 1, 255, 1])
    #expect(throws: DatasetError.self) {
      try MaskFolder(in: folder.path, size: 2, ignoring: "white", threads: 1)
    }
    // Every pixel ignored.
    let other = try TemporaryFolder()
    for name in ["a", "b"] { try write([9, 9, 9, 9], width: 2, as: name, in: other) }
    #expect(throws: DatasetError.self) {
      try MaskFolder(in: other.path, size: 2, ignoring: "9", threads: 1)
    }
  }
}
