import Files
import Tensors
import Wording

/// An array of numbers as a file holds it.
struct StoredArray {
  let type: ElementType
  let shape: [Int]
  /// True if the first index runs fastest.
  let isFortran: Bool
  let bytes: Bytes

  /// - Throws: `DatasetError` (`.unusable`) unless there are as many bytes as the shape says.
  init(
    type: ElementType, shape: [Int], isFortran: Bool = false, bytes: Bytes, path: String
  ) throws(DatasetError) {
    let count = try Self.byteCount(of: type, shape, path: path)
    guard count == bytes.count else {
      throw DatasetError(
        .unusable, path: path,
        "an array \(shape) of \(type.name) takes \(count.grouped) bytes, but has \(bytes.count.grouped): it is damaged"
      )
    }
    (self.type, self.shape, self.bytes) = (type, shape, bytes)
    // An array with one axis has one order.
    self.isFortran = isFortran && shape.count > 1
  }

  /// - Throws: `DatasetError` (`.unusable`) for a shape that no file holds.
  static func byteCount(of type: ElementType, _ shape: [Int], path: String) throws(DatasetError) -> Int {
    var count = type.size
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow else {
        throw DatasetError(.unusable, path: path, "the shape \(shape) is none that any file holds")
      }
      count = product
    }
    return count
  }

  /// The numbers, whole ones of any size, in the order of the first index last.
  ///
  /// - Throws: `DatasetError` (`.unusable`) for others.
  func integers(path: String) throws(DatasetError) -> [Int] {
    guard type.isWhole else {
      throw DatasetError(
        .unusable, path: path,
        "labels have to be whole numbers, not \(type.name): save them with .astype('int64')")
    }
    let type = type
    return rowMajor.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: type.size).map { type.integer(at: $0, of: bytes) }
    }
  }

  /// Images of it, `[N, C, H, W]`, from `[N, H, W]`, `[N, H, W, C]` or `[N, C, H, W]`.
  ///
  /// - Throws: `DatasetError` (`.unusable`) for other shapes and for numbers that are no bytes.
  func images(path: String) throws(DatasetError) -> (pixels: Bytes, count: Int, shape: ImageShape) {
    guard type.isOfBytes else {
      throw DatasetError(
        .unusable, path: path,
        "images have to be bytes from 0 to 255 (uint8), not \(type.name): of numbers from 0 to 1 make them with (255 * x).round().astype('uint8')"
      )
    }
    guard shape.count == 3 || shape.count == 4, shape.allSatisfy({ $0 > 0 }) else {
      throw DatasetError(
        .unusable, path: path,
        "images have to be [N, H, W], [N, H, W, C] or [N, C, H, W], not \(shape): give them their shape with .reshape"
      )
    }
    let isMade = isFortran || shape.count == 4 && (2...4).contains(shape[3])
    if isMade { try demandMemory(for: bytes.count, path: path) }
    let (count, pixels) = (shape[0], rowMajor)
    guard shape.count == 4 else {
      return (pixels, count, ImageShape(channels: 1, height: shape[1], width: shape[2]))
    }
    let channels = 1...4
    // The last axis is where numpy has channels, unless it is too long.
    if channels.contains(shape[3]) {
      let image = ImageShape(channels: shape[3], height: shape[1], width: shape[2])
      return (pixels.withChannelsFirst(image), count, image)
    }
    guard channels.contains(shape[1]) else {
      throw DatasetError(
        .unusable, path: path,
        "images \(shape) have no axis of one to four channels, neither the second nor the last")
    }
    return (pixels, count, ImageShape(channels: shape[1], height: shape[2], width: shape[3]))
  }

  /// Refuses what would have to be made anew in memory and does not fit there.
  func demandMemory(for byteCount: Int, path: String) throws(DatasetError) {
    guard let memory = PhysicalMemory.byteCount, byteCount >= memory else { return }
    throw DatasetError(
      .unusable, path: path,
      "it takes \(byteCount.grouped) bytes of memory to be put into the order and type that are computed with, "
        + "but the machine has \(memory.grouped): save it in those, or in several files")
  }

  /// The bytes of all numbers, the last index running fastest.
  var rowMajor: Bytes {
    guard isFortran else { return bytes }
    var strides: [Int] = []
    var step = type.size
    for extent in shape {
      strides.append(step)
      step *= extent
    }
    let size = type.size
    var index = [Int](repeating: 0, count: shape.count)
    var place = 0
    let array = [UInt8](unsafeUninitializedCapacity: bytes.count) { result, filled in
      bytes.withUnsafeBytes { bytes in
        while filled < bytes.count {
          for byte in 0..<size { result[filled + byte] = bytes[place + byte] }
          filled += size
          var axis = shape.count - 1
          while axis >= 0 {
            index[axis] += 1
            place += strides[axis]
            if index[axis] < shape[axis] { break }
            place -= index[axis] * strides[axis]
            index[axis] = 0
            axis -= 1
          }
        }
      }
    }
    return Bytes(array)
  }
}

extension Bytes {
  /// Images whose pixels have their channels side by side, plane by plane.
  fileprivate func withChannelsFirst(_ image: ImageShape) -> Bytes {
    guard image.channels > 1 else { return self }
    let plane = image.height * image.width
    let array = [UInt8](unsafeUninitializedCapacity: count) { result, filled in
      forEachPart(inPiecesOf: image.count) { bytes in
        for first in stride(from: 0, to: bytes.count, by: image.count) {
          for channel in 0..<image.channels {
            for pixel in 0..<plane {
              result[filled] = bytes[first + pixel * image.channels + channel]
              filled += 1
            }
          }
        }
      }
    }
    return Bytes(array)
  }
}
