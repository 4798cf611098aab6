import Devices
import Sessions
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite("Augmentation")
struct AugmentationTests {
  private static let (count, channels, height, width) = (200, 2, 5, 4)

  private static let images = TensorValues(
    (0..<count * channels * height * width).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 / 251) },
    shape: [count, channels, height, width])

  private static func changed(
    _ augmentation: Augmentation, step: Int32, on backend: BackendChoice = .cpu
  ) throws -> [UInt8] {
    try augmentation(
      Tensor(images), key: Tensor([Int32(1), 2], shape: [2]), counter: Tensor([step], shape: [])
    ).values(on: backend).elements()
  }

  /// An image transformed by plain loops.
  private static func expected(_ number: Int, flip: Bool, rows: Int, columns: Int) -> [UInt8] {
    let pixels: [UInt8] = images.elements()
    var result: [UInt8] = []
    for channel in 0..<channels {
      for row in 0..<height {
        for column in 0..<width {
          let y = min(max(row + rows, 0), height - 1)
          let x = min(max((flip ? width - 1 - column : column) + columns, 0), width - 1)
          result.append(pixels[((number * channels + channel) * height + y) * width + x])
        }
      }
    }
    return result
  }

  @Test("mirrors and shifts each image by a draw of its own, every draw about equally often")
  func draws() throws {
    let result = try Self.changed(Augmentation(horizontalFlip: true, shift: 1), step: 7)
    let size = Self.channels * Self.height * Self.width
    var counts: [String: Int] = [:]
    for number in 0..<Self.count {
      let image = Array(result[number * size..<(number + 1) * size])
      let draws = [false, true].flatMap { flip in
        (-1...1).flatMap { rows in (-1...1).map { (flip, rows, $0) } }
      }
      let draw = try #require(
        draws.first { Self.expected(number, flip: $0.0, rows: $0.1, columns: $0.2) == image },
        "image \(number) is no mirrored or shifted one")
      counts["\(draw)", default: 0] += 1
    }
    // 200 draws of 18: 11 each on average.
    #expect(counts.count == 18)
    #expect(counts.values.allSatisfy { $0 < 30 })
  }

  @Test("draws anew in each step, and nothing when nothing is asked for")
  func steps() throws {
    let augmentation = Augmentation(horizontalFlip: true, shift: 2)
    #expect(try Self.changed(augmentation, step: 1) != Self.changed(augmentation, step: 2))
    #expect(try Self.changed(.none, step: 1) == Self.images.elements())
  }

  @Test("is the same on Vulkan", .enabled(if: VulkanUnderTest.missing == nil))
  func vulkan() throws {
    let augmentation = Augmentation(horizontalFlip: true, shift: 2)
    #expect(try Self.changed(augmentation, step: 5, on: .vulkan()) == Self.changed(augmentation, step: 5))
  }
}
